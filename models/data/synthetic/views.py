"""How a hand is turned before a camera."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.rendering.rig import unit
from models.rendering.scene import TO_CAMERA, euler


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
