"""What is around a hand: its arm, whoever holds it up, what it holds, and what stands behind it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import FINGER_MCPS
from models.data.synthetic.views import random_rotation
from models.rendering.meshes import Mesh, box, capsule, ellipsoid, plane
from models.rendering.rig import unit
from models.rendering.scene import PlacedHand, euler


def arm_and_body(hand: PlacedHand, rng: np.random.Generator, tight: bool = False) -> list[Mesh]:
    """Upper arm, sleeve (`tight` or not), torso and head of whoever holds up the hand, somewhere behind it."""
    elbow, wrist = hand.elbow_cam_m, hand.joints_cam_m[0]
    side = rng.choice([-1.0, 1.0])
    torso = elbow + np.array([side * rng.uniform(0.1, 0.35), rng.uniform(-0.1, 0.25), rng.uniform(0.05, 0.4)])
    torso[2] = max(torso[2], hand.joints_cam_m[:, 2].max() + rng.uniform(0.12, 0.45))
    shoulder = torso + np.array([-side * 0.17, -0.22, 0.0])
    meshes = [capsule(elbow, shoulder, 0.045, 0.055)]
    meshes.append(ellipsoid(torso, np.array([rng.uniform(0.16, 0.25), 0.32, rng.uniform(0.09, 0.15)])))
    head = torso + np.array([rng.normal(0, 0.04), -0.45, rng.normal(-0.03, 0.04)])
    meshes.append(ellipsoid(head, np.array([0.075, 0.11, 0.09])))
    meshes.append(capsule(head, torso, 0.05, 0.06))
    if rng.random() < 0.4:
        meshes.append(sleeve(wrist, elbow, rng, tight))
    return meshes


def upper_arm(hand: PlacedHand, rng: np.random.Generator) -> Mesh:
    """An upper arm that goes on from the elbow, bent at random; it also covers the cut end of the forearm."""
    forearm = unit(hand.elbow_cam_m - hand.joints_cam_m[0])
    direction = unit(forearm + rng.normal(0, 0.6, 3))
    return capsule(hand.elbow_cam_m, hand.elbow_cam_m + 0.28 * direction, 0.045, 0.055)


def sleeve(wrist: NDArray, elbow: NDArray, rng: np.random.Generator, tight: bool = False) -> Mesh:
    """A sleeve that ends somewhere between the wrist and the elbow; it may lie close to the arm when `tight`."""
    start = wrist + rng.uniform(0.1, 0.7) * (elbow - wrist)
    return capsule(start, elbow, rng.uniform(0.027 if tight else 0.034, 0.045), rng.uniform(0.045, 0.06))


def watch(hand: PlacedHand, rng: np.random.Generator) -> Mesh:
    """A watch on the back or the inside of a right hand's wrist."""
    joints = hand.joints_cam_m
    down = unit(hand.elbow_cam_m - joints[0])
    palm = np.cross(joints[1] - joints[13], joints[5] - joints[0])
    out = unit(palm - down * (palm @ down)) * (1 if rng.random() < 0.2 else -1)
    width, thickness = rng.uniform(0.025, 0.045), rng.uniform(0.008, 0.018)
    center = joints[0] + down * rng.uniform(0.015, 0.06) + out * rng.uniform(0.018, 0.024)
    return box(center, np.stack([np.cross(down, out), down, out], axis=1), np.array([width, width, thickness]))


def held_object(hand: PlacedHand, rng: np.random.Generator) -> Mesh:
    """Something in a right hand, touching palm or fingers: a bar, a ball or a flat box; it hides part of them."""
    joints = hand.joints_cam_m
    across, along = unit(joints[1] - joints[13]), unit(joints[5] - joints[0])
    palm = unit(np.cross(across, along))
    middle = joints[list(FINGER_MCPS)].mean(axis=0)
    center = middle + palm * rng.uniform(0.022, 0.05) + along * rng.normal(0, 0.02) + across * rng.normal(0, 0.015)
    kind = rng.random()
    if kind < 0.5:
        axis = unit(across + rng.normal(0, 0.4, 3)) * rng.uniform(0.03, 0.11)
        radius = rng.uniform(0.005, 0.022)
        return capsule(center - axis, center + axis * rng.uniform(0.6, 1.4), radius, radius)
    if kind < 0.75:
        return ellipsoid(center + palm * 0.01, rng.uniform(0.015, 0.04, 3))
    turn = np.stack([across, along, np.cross(across, along)], axis=1) @ euler(*rng.normal(0, 0.4, 3))
    return box(center, turn, rng.uniform([0.04, 0.06, 0.005], [0.09, 0.16, 0.03]))


def person(chest_cam_m: NDArray, rng: np.random.Generator) -> list[Mesh]:
    """Torso, head and arms of somebody who faces the camera with both hands behind the back, at a chest point (3,)."""
    width, turn = rng.uniform(0.15, 0.22), euler(rng.normal(0, 0.1), rng.normal(0, 0.3), rng.normal(0, 0.08))
    parts = [
        ellipsoid(np.array([0, 0.12, 0.0]), np.array([width, 0.34, rng.uniform(0.09, 0.14)])),
        ellipsoid(np.array([0, 0.5, 0.02]), np.array([width, 0.3, 0.12])),
        capsule(np.zeros(3), np.array([0, -0.3, -0.01]), 0.06, 0.05),
        ellipsoid(np.array([0, -0.38, -0.03]), rng.uniform([0.07, 0.1, 0.08], [0.085, 0.13, 0.1])),
        ellipsoid(np.array([0, -0.36, -0.12]), np.array([0.014, 0.03, 0.02])),
    ]
    for side in (-1, 1):
        shoulder = np.array([side * (width + 0.02), -0.12, 0.0])
        elbow = shoulder + np.array([side * rng.uniform(0.0, 0.12), 0.28, rng.uniform(-0.02, 0.12)])
        parts.append(capsule(shoulder, elbow, 0.055, 0.045))
        parts.append(capsule(elbow, np.array([side * 0.05, 0.3, 0.2]), 0.045, 0.03))
    return [part.moved(turn, chest_cam_m) for part in parts]


def clutter(reference_cam_m: NDArray, rng: np.random.Generator) -> list[Mesh]:
    """Things near the hand but not in it: a desk, a wall, boxes, round things."""
    meshes = []
    if rng.random() < 0.35:  # a surface at some distance, seen at any tilt
        normal = unit(rng.normal(size=3) * [0.6, 1, 1])
        away = normal * rng.uniform(0.09, 0.5) * (1 if normal[2] > 0 or rng.random() < 0.3 else -1)
        meshes.append(plane(reference_cam_m + away, normal, rng.uniform(0.3, 1.0)))
    for _ in range(rng.integers(0, 4)):
        direction = unit(rng.normal(size=3))
        direction[2] = abs(direction[2])
        size = rng.uniform(0.03, 0.2, 3)
        center = reference_cam_m + direction * (0.12 + 0.5 * np.linalg.norm(size) + rng.exponential(0.12))
        if rng.random() < 0.5:
            meshes.append(box(center, random_rotation(rng), size))
        else:
            meshes.append(ellipsoid(center, size / 2))
    return meshes
