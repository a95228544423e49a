"""A test set of hands round objects, as their owners see them: a can or a bottle in the hand, a cluttered table behind.

A third of the frames show the table without a hand. Frame i is a function of the seed and i alone; frames 2k and 2k + 1
show the same scene, with a right hand and then, through a mirror, with a left one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR
from models.core.skeleton import hand_reference_point
from models.core.types import Camera, DepthFrame
from models.data.record import LabelledFrame
from models.data.synthetic.cameras import varied
from models.data.synthetic.grasp import Cylinder, grasp
from models.data.synthetic.samples import CAMERA_MODELS, share_in_view, visible_share
from models.data.synthetic.surroundings import sleeve, upper_arm
from models.data.synthetic.tableware import bottle, can, random_thing
from models.rendering.meshes import Mesh, plane
from models.rendering.rig import default_rig, rotations, unit
from models.rendering.scene import PlacedHand, euler, place_hand, render
from models.rendering.sensor import quantized, sense

OBJECTS_SEED = 20_240_620
OBJECT_FRAMES = 600
NO_HAND = "no hand"
"""The group of the frames without one; the others are grouped by what is held."""
_DISTANCE_M = (0.30, 0.55)
_RADIUS_M = (0.033, 0.037)
_MIN_IN_VIEW, _MIN_VISIBLE = 0.85, 0.4
_TABLE_HALF_M, _THINGS = 0.8, (4, 10)


@dataclass(frozen=True, slots=True)
class View:
    """A table before somebody who looks down on it: directions (3,) in the camera frame, length 1."""

    up: NDArray[np.float64]
    forward: NDArray[np.float64]

    @property
    def right(self) -> NDArray[np.float64]:
        return np.cross(self.forward, self.up)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a frame shows. hand: a right hand; others: meshes of all else. Camera frame, metres."""

    hand: PlacedHand | None
    others: list[Mesh]
    group: str


def objects_frame(index: int, seed: int = OBJECTS_SEED) -> LabelledFrame:
    """Frame `index` (0 and up)."""
    number, left = divmod(index, 2)
    model = CAMERA_MODELS[number % len(CAMERA_MODELS)]
    rng = np.random.default_rng([seed, number])
    camera = model.camera(rng)
    scene = _bare_table(rng) if number % 3 == 2 else _hand_round_object(camera, rng)
    meshes, joints = scene.others, None
    if scene.hand is not None:
        meshes, joints = [scene.hand.mesh, *meshes], scene.hand.joints_cam_m
    if left:
        meshes = [Mesh(mesh.vertices * MIRROR, mesh.triangles) for mesh in meshes]
        joints = None if joints is None else joints * MIRROR
    rng = np.random.default_rng([seed, number, left])
    backdrop = rng.uniform(1.2, 3.0) if rng.random() < 0.6 else None
    depth = sense(render(meshes, camera, backdrop_m=backdrop), camera.fx, varied(model.sensor, rng), rng)
    frame = DepthFrame(quantized(depth, model.depth_units), model.depth_units, camera, index, 1000 * index / 30, 0.0)
    return LabelledFrame(frame, joints, "left" if left else "right", scene.group)


def objects_frames(count: int = OBJECT_FRAMES, seed: int = OBJECTS_SEED) -> Iterator[LabelledFrame]:
    """The first `count` frames."""
    return (objects_frame(index, seed) for index in range(count))


def _hand_round_object(camera: Camera, rng: np.random.Generator) -> Scene:
    """A hand that holds something over or on the table, enough of it to be seen."""
    while True:
        view, place = _view(rng), _place(rng)
        hand, held = _holding_hand(view, place, rng)
        group, thing = _held_thing(held, rng)
        arm = [upper_arm(hand, rng)]
        if rng.random() < 0.6:
            arm.append(sleeve(hand.joints_cam_m[0], hand.elbow_cam_m, rng, tight=True))
        lowest = min(thing.vertices, key=lambda vertex: vertex @ view.up)
        table = _table(lowest - rng.uniform(0, 0.12) * view.up, view, rng, hand_reference_point(hand.joints_cam_m))
        others = [thing, *arm, *table]
        alone = render([hand.mesh], camera)
        seen = visible_share(alone, render(others, camera, depth=alone.copy()))
        if share_in_view(hand, camera) >= _MIN_IN_VIEW and seen >= _MIN_VISIBLE:
            return Scene(hand, others, group)


def _bare_table(rng: np.random.Generator) -> Scene:
    """The same table with things on it and nobody there."""
    view, place = _view(rng), _place(rng)
    return Scene(None, _table(place - rng.uniform(0.03, 0.15) * view.up, view, rng), NO_HAND)


def _view(rng: np.random.Generator) -> View:
    """Of a head that looks down by 25 to 65 degrees, held a little askew."""
    down = np.radians(np.clip(rng.normal(45, 10), 25, 65))
    askew = euler(0, 0, rng.normal(0, np.radians(7)))
    return View(askew @ [0, -np.cos(down), -np.sin(down)], askew @ [0, -np.sin(down), np.cos(down)])


def _place(rng: np.random.Generator) -> NDArray[np.float64]:
    """A point (3,) at arm's length in the middle of the view, metres."""
    return rng.uniform(*_DISTANCE_M) * np.array([rng.uniform(-0.25, 0.25), rng.uniform(-0.2, 0.25), 1.0])


def _holding_hand(view: View, place: NDArray, rng: np.random.Generator) -> tuple[PlacedHand, Cylinder]:
    """A random person's right hand around a cylinder that stands nearly upright, and the cylinder; camera frame."""
    rig = default_rig()
    length = float(np.clip(rng.normal(0.182, 0.014), 0.145, 0.212))
    shape, thickness = rng.normal(0, 0.9, rig.components), rng.uniform(0.95, 1.25)
    hand = rig.hand(shape, length, thickness, forearm=rng.uniform(0.95, 1.35))
    posed, held = grasp(hand, rng.uniform(*_RADIUS_M), rng)
    # The palm looks to the left, the thumb's side is up, fingers point away and more or less inwards.
    inwards = np.radians(rng.normal(20, 20))
    along = np.cos(inwards) * view.forward - np.sin(inwards) * view.right
    upright = np.stack([view.up, along, np.cross(view.up, along)], axis=1)
    rotation = euler(*rng.normal(0, np.radians(10), 3)) @ upright
    placed = place_hand(posed, rotation, place)
    center = (held.center - hand_reference_point(posed.joints_hand_m)) @ rotation.T + place
    return placed, Cylinder(center, rotation @ held.axis, held.radius)


def _held_thing(held: Cylinder, rng: np.random.Generator) -> tuple[str, Mesh]:
    """The can or the bottle that is held, and which it is."""
    across = unit(np.cross(held.axis, [0.0, 0.0, 1.0]))
    rotation = np.stack([across, held.axis, np.cross(across, held.axis)], axis=1)
    if rng.random() < 0.5:
        height = rng.uniform(0.10, 0.16)
        name, mesh, grip = "can", can(held.radius, height), height * rng.uniform(0.4, 0.6)
    else:
        height = rng.uniform(0.19, 0.27)
        name, mesh, grip = "bottle", bottle(held.radius, height), height * rng.uniform(0.2, 0.45)
    return name, mesh.moved(rotation, held.center - grip * held.axis)


def _table(foot: NDArray, view: View, rng: np.random.Generator, keep_off: NDArray | None = None) -> list[Mesh]:
    """A table through a point (3,) and things that stand on it, around the point and behind, none near `keep_off`."""
    meshes = [plane(foot, view.up, _TABLE_HALF_M)]
    taken: list[tuple[NDArray, float]] = []
    if keep_off is not None:
        taken.append((keep_off - ((keep_off - foot) @ view.up) * view.up, 0.09))
    for _ in range(rng.integers(*_THINGS)):
        parts, radius = random_thing(rng)
        spot = foot + rng.uniform(-0.3, 0.3) * view.right + rng.uniform(-0.08, 0.45) * view.forward
        if any(np.linalg.norm(spot - other) < radius + reach for other, reach in taken):
            continue
        taken.append((spot, radius))
        upright = np.stack([view.right, view.up, np.cross(view.right, view.up)], axis=1)
        standing = rotations(view.up[None], rng.uniform(0, 2 * np.pi, 1))[0] @ upright
        meshes += [part.moved(standing, spot) for part in parts]
    return meshes
