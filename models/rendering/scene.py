"""Scenes in the camera frame: one hand with its arm, and what stands around and behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR
from models.core.skeleton import FINGER_MCPS, hand_reference_point
from models.core.types import Camera
from models.rendering.meshes import Mesh, box, capsule, ellipsoid, plane
from models.rendering.render import empty_depth, rasterize
from models.rendering.rig import PosedHand, default_rig, rotations, unit

TO_CAMERA = np.diag([1.0, -1.0, -1.0])
"""Turns the hand frame so that the palm faces the camera and the fingers point up in the image."""


@dataclass(frozen=True, slots=True)
class PlacedHand:
    """A posed hand in the camera frame: its mesh, joints (21, 3) and elbow (3,), metres."""

    mesh: Mesh
    joints_cam_m: NDArray[np.float64]
    elbow_cam_m: NDArray[np.float64]

    def mirrored(self) -> PlacedHand:
        """The left hand that a mirror at x = 0 shows."""
        mesh = Mesh(self.mesh.vertices * MIRROR, self.mesh.triangles)
        return PlacedHand(mesh, self.joints_cam_m * MIRROR, self.elbow_cam_m * MIRROR)


def place_hand(posed: PosedHand, rotation: NDArray, reference_cam_m: NDArray) -> PlacedHand:
    """Puts a posed hand into the camera frame: turned by `rotation` (3, 3), its reference point at the one given."""
    center = hand_reference_point(posed.joints_hand_m)
    vertices, joints, elbow = (
        (points - center) @ rotation.T + reference_cam_m
        for points in (posed.vertices_hand_m, posed.joints_hand_m, posed.elbow_hand_m)
    )
    return PlacedHand(Mesh(np.ascontiguousarray(vertices), default_rig().triangles), joints, elbow)


def random_rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """Uniform rotation (3, 3), from a random unit quaternion."""
    w, x, y, z = unit(rng.normal(size=4))
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def euler(pitch: float, yaw: float, roll: float) -> NDArray[np.float64]:
    """Rotation (3, 3): yaw about Y first, then pitch about X, then roll about Z; radians."""
    about_x, about_y, about_z = rotations(np.eye(3), np.array([pitch, yaw, roll]))
    return about_z @ about_x @ about_y


def view_rotation(rng: np.random.Generator, stretch: bool = True) -> NDArray[np.float64]:
    """Views of the first three test sets: held up before a camera, palm, back or edge; pointing at it; or any way.

    With `stretch` some are seen along the forearm, turned in any way, and more edges point at the camera. Hands that
    point away from the camera are few here (models/data/synthetic/held.py has them).
    """
    if stretch and rng.random() < 0.15:
        pitch = np.radians(rng.normal(70, 22)) * rng.choice([1, -1], p=[0.7, 0.3])
        return euler(pitch, np.radians(rng.normal(0, 30)), rng.uniform(-np.pi, np.pi)) @ TO_CAMERA
    kind = rng.random()
    if kind < 0.25:
        return random_rotation(rng)
    facing = euler(0, rng.choice([0.0, np.pi], p=[0.6, 0.4]), 0)
    if kind < 0.4:  # the thumb or the little finger points at the camera
        facing = euler(0, rng.choice([-0.5, 0.5]) * np.pi + rng.normal(0, np.radians(20)), 0)
    is_edge_from_above = stretch and kind < 0.4 and rng.random() < 0.5
    if kind < 0.75 and not is_edge_from_above:  # held up before a camera on a desk or a screen
        turn = euler(*rng.normal(0, np.radians([32, 38, 35])))
    else:  # fingers point towards the camera
        turn = euler(*(np.radians([rng.normal(50, 25), rng.normal(0, 35), rng.normal(0, 45)])))
    return turn @ TO_CAMERA @ facing


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


def render(
    meshes: list[Mesh],
    camera: Camera,
    window: tuple[slice, slice] | None = None,
    backdrop_m: float | None = None,
    depth: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Perfect depth of meshes in the camera frame, in metres, infinity where nothing is.

    `window` is the rows and columns wanted, the whole image when left out; `backdrop_m`: a wall at that depth;
    `depth`: an image to draw into, which is changed and returned.
    """
    rows, columns = window or (slice(0, camera.height), slice(0, camera.width))
    if depth is None:
        depth = empty_depth(rows.stop - rows.start, columns.stop - columns.start)
    ppx, ppy = camera.ppx - columns.start, camera.ppy - rows.start
    for mesh in meshes:
        rasterize(mesh.vertices, mesh.triangles, camera.fx, camera.fy, ppx, ppy, depth)
    if backdrop_m is not None:
        np.minimum(depth, np.float32(backdrop_m), out=depth)
    return depth
