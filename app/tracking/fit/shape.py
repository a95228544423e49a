"""The shape of a hand, learned over the first frames of a track and then held.

Each frame's equations, pose and shape together, say something of the shape alone once the pose is taken out of them
(Schur complement). That is summed up, as an information filter does:

    H_shape += share (H_ss - H_sp H_pp^-1 H_ps)

`share` is small, for frames err together: thirty of one second show the same side of a hand.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.tracking.fit.model import POSE, SHAPE, SHAPE_SD

LEARN_FRAMES, MOST_FRAMES = 75, 150
"""So many frames that show the hand well, 2.5 s at 30 fps, or so many of any kind, are looked at."""
WELL_SHOWN = 0.6
"""A hand is shown well where its picture is as large as this share of that of an open hand that faces the camera."""
SHARE = 0.1
_LARGEST_SD = 3.0
"""So far out of the usual a number of a shape may be, in standard deviations."""


class ShapeMemory:
    """What the frames so far have shown of a hand's shape."""

    def __init__(self) -> None:
        self.reset()

    def reset(self, is_held: bool = False) -> None:
        """Forget the hand: another one may come. is_held: its shape is known and not to be learned."""
        self.mean = np.zeros(SHAPE)
        self.information = np.diag(1 / SHAPE_SD**2)
        self.frames, self.well_shown = MOST_FRAMES if is_held else 0, 0.0

    @property
    def is_held(self) -> bool:
        return self.well_shown >= LEARN_FRAMES or self.frames >= MOST_FRAMES

    def add_prior(self, h: NDArray[np.float64], g: NDArray[np.float64], shape: NDArray[np.float64]) -> None:
        """What is known so far, to the equations (POSE + SHAPE) of a frame at a shape."""
        h[POSE:, POSE:] += np.tril(self.information)
        g[POSE:] += self.information @ (self.mean - shape)

    def learn(self, h: NDArray[np.float64], shape: NDArray[np.float64], shown: float) -> None:
        """Take in a frame whose equations without what was known have the lower triangle h, solved at `shape`.

        shown: the size of the hand's picture beside that of an open hand. A hand seen edge-on is read too short, so its
        frame counts with the square of it.
        """
        weight = min(shown / WELL_SHOWN, 1.0) ** 2
        whole = np.tril(h) + np.tril(h, -1).T
        to_pose = whole[POSE:, :POSE]
        try:
            taken_out = to_pose @ np.linalg.solve(whole[:POSE, :POSE], to_pose.T)
        except np.linalg.LinAlgError:
            return
        gained = whole[POSE:, POSE:] - taken_out
        if not np.isfinite(gained).all():
            return
        self.mean = np.clip(shape, -_LARGEST_SD * SHAPE_SD, _LARGEST_SD * SHAPE_SD)
        self.information = self.information + SHARE * weight * (gained + gained.T) / 2
        self.frames += 1
        self.well_shown += weight
