"""The frozen synthetic test set: whole depth images of known hands, from every camera model, never trained on.

Frame i is a function of the seed and i alone. Frames 2k and 2k + 1 show the same hand in the same place, right and then
left, through the same camera with errors of its own, so that the two halves differ in nothing but the side.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from models.core.camera import MIRROR
from models.core.types import Camera, DepthFrame
from models.data.record import LabelledFrame
from models.data.synthetic.cameras import smeared, varied
from models.data.synthetic.foreign import foreign_errors
from models.data.synthetic.samples import (
    CAMERA_MODELS,
    SyntheticSampler,
    random_place,
    share_in_view,
    visible_share,
)
from models.data.synthetic.surroundings import clutter, person
from models.data.synthetic.variety import FOREIGN, FROZEN, STRETCHED, Variety
from models.rendering.meshes import Mesh
from models.rendering.scene import render
from models.rendering.sensor import Sensor, quantized, sense

TestSet = Literal["synthetic", "stretched", "foreign"]
"""The frozen set; a second one, whose hands, views and camera errors have what was added to training later; and a third
one of such hands with other proportions and cameras with other errors, which training does not have."""
_VARIETIES: dict[TestSet, Variety] = {"synthetic": FROZEN, "stretched": STRETCHED, "foreign": FOREIGN}
TEST_SEED = 20_180_618
TEST_FRAMES = 2000
MIN_VISIBLE, MIN_IN_VIEW = 0.6, 0.6


def hand_frame(index: int, seed: int = TEST_SEED, test_set: TestSet = "synthetic") -> LabelledFrame:
    """Frame `index` (0 and up) of a test set: a hand among other things."""
    variety = _VARIETIES[test_set]
    scene, left = divmod(index, 2)
    model = CAMERA_MODELS[scene % len(CAMERA_MODELS)]
    rng = np.random.default_rng([seed, scene])
    sampler = SyntheticSampler(rng, variety)
    while True:
        camera = model.camera(rng)
        hand = sampler.random_hand(random_place(camera, rng))
        if share_in_view(hand, camera) < MIN_IN_VIEW:
            continue
        others = sampler.surroundings(hand)
        backdrop = rng.uniform(1.0, 4.0) if rng.random() < 0.6 else None
        alone = render([hand.mesh], camera)
        if visible_share(alone, render(others, camera, depth=alone.copy())) >= MIN_VISIBLE:
            break
    meshes, joints = [hand.mesh, *others], hand.joints_cam_m
    if left:
        meshes = [Mesh(mesh.vertices * MIRROR, mesh.triangles) for mesh in meshes]
        joints = joints * MIRROR
    rng = np.random.default_rng([seed, scene, left])
    sensor = smeared(model.sensor, rng) if variety.stretched else varied(model.sensor, rng)
    frame = _taken(meshes, camera, sensor, model.depth_units, backdrop, index, rng, variety.foreign)
    return LabelledFrame(frame, joints, "left" if left else "right", model.name)


def body_frame(index: int, seed: int = TEST_SEED) -> LabelledFrame:
    """Frame `index` of another set: somebody before the camera whose hands are not to be seen."""
    rng = np.random.default_rng([seed, index, 0xB0D1])
    model = CAMERA_MODELS[index % len(CAMERA_MODELS)]
    camera = model.camera(rng)
    chest = np.array([rng.normal(0, 0.12), rng.uniform(0.0, 0.35), rng.uniform(0.5, 1.6)])
    meshes = person(chest, rng)
    if rng.random() < 0.3:
        meshes += clutter(chest + np.array([0.0, 0.0, 0.2]), rng)
    backdrop = rng.uniform(2.0, 4.0) if rng.random() < 0.6 else None
    frame = _taken(meshes, camera, varied(model.sensor, rng), model.depth_units, backdrop, index, rng)
    return LabelledFrame(frame, None, group=model.name)


def hand_frames(
    count: int = TEST_FRAMES, seed: int = TEST_SEED, test_set: TestSet = "synthetic"
) -> Iterator[LabelledFrame]:
    """The first `count` frames of a test set."""
    return (hand_frame(index, seed, test_set) for index in range(count))


def body_frames(count: int, seed: int = TEST_SEED) -> Iterator[LabelledFrame]:
    """The first `count` frames without a hand."""
    return (body_frame(index, seed) for index in range(count))


def _taken(
    meshes: list[Mesh],
    camera: Camera,
    sensor: Sensor,
    depth_units: float,
    backdrop_m: float | None,
    index: int,
    rng: np.random.Generator,
    foreign: bool = False,
) -> DepthFrame:
    depth = sense(render(meshes, camera, backdrop_m=backdrop_m), camera.fx, sensor, rng)
    if foreign:
        depth = foreign_errors(depth, rng)
    return DepthFrame(quantized(depth, depth_units), depth_units, camera, index, 1000 * index / 30, 0.0)
