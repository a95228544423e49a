"""What a stage makes of a film: where things are, what lies about, what the camera measures, random poses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.rendering.limits import ABDUCT, EASY, FLEX, PIP, THUMB, clipped
from models.rendering.limits import DIP as DIPS
from models.rendering.meshes import Mesh, box, ellipsoid, plane
from models.rendering.scene import euler
from models.rendering.sensor import STEREO, STRUCTURED_LIGHT, TIME_OF_FLIGHT, Sensor, quantized, sense
from models.rendering.stage import ERRORS, Stage

SENSORS: dict[str, Sensor | None] = dict(zip(ERRORS, (STEREO, STRUCTURED_LIGHT, TIME_OF_FLIGHT, None)))


def farther_m(stage: Stage, own_m: float) -> NDArray[np.float64]:
    """What is added (3,) to every place of a film whose hands are `own_m` away by themselves."""
    return np.array([0.0, 0.0, 0.0 if stage.distance_m is None else stage.distance_m - own_m])


def things(stage: Stage, farther_m: NDArray[np.float64]) -> list[Mesh]:
    """What lies about, moved by (3,) metres; nothing without clutter."""
    if not stage.clutter:
        return []
    return [
        plane(farther_m + [0.0, 0.3, 0.75], np.array([0.0, -1.0, -0.25]), 0.5),
        box(farther_m + [-0.3, 0.14, 0.75], euler(0.2, 0.5, 0.0), np.array([0.14, 0.22, 0.1])),
        box(farther_m + [0.3, 0.2, 0.62], euler(0.0, 0.9, 0.1), np.array([0.2, 0.05, 0.14])),
        ellipsoid(farther_m + [0.2, 0.13, 0.55], np.array([0.04, 0.04, 0.04])),
        plane(farther_m + [0.0, 0.0, 1.5], np.array([0.0, 0.0, -1.0]), 2.5),
    ]


def measured(
    stage: Stage, depth_m: NDArray[np.float32], focal_px: float, units: float, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """The raw image (H, W) that the camera makes of perfect depth in metres, infinity where nothing is."""
    sensor = SENSORS[stage.errors]
    if sensor is None:
        return quantized(np.where(np.isfinite(depth_m), depth_m, np.float32(0)), units)
    return quantized(sense(depth_m, focal_px, sensor, rng), units)


def random_angles(seed: int, step: int) -> NDArray[np.float64]:
    """Joint angles (24,) of random pose number `step`: each finger curls as a whole, at ease. The wrist is straight."""
    rng = np.random.default_rng([seed, 24, step])
    lowest, highest = EASY
    angles = np.zeros(len(lowest))
    curl = np.clip(rng.uniform(-0.2, 1.1, len(FLEX)), 0, 1)
    for joints, most in ((FLEX, 0.85), (PIP, 0.95), (DIPS, 0.7)):
        angles[joints] = most * curl * highest[joints]
    angles[ABDUCT] = rng.uniform(lowest[ABDUCT], highest[ABDUCT]) * (1 - curl)
    angles[THUMB] = rng.uniform(0.6 * lowest[THUMB], 0.6 * highest[THUMB])
    return clipped(angles, EASY)
