"""The edge of the cube for the hand that is followed.

    edge = cube_of_bones * (sum of all bone lengths), for example 0.29 * 0.80 m = 0.23 m

The sum of the bones is the weighted mean of what the frames so far have shown. Before the first frame it is that of a
usual hand, whose edge is the one on the card (25 cm).
"""

from __future__ import annotations

from models.core.skeleton import bone_sum
from models.core.types import Pose
from models.runtime import ModelCard

# A frame that was seen n frames ago counts 0.99^n: after 100 frames, three seconds at 30 fps, about a third.
_MEMORY = 0.99
# The usual size counts as much as one frame of confidence 1.
_USUAL_WEIGHT = 1.0
# Hidden fingers are found too short, hardly ever too long. So a pose with a smaller sum than the mean so far counts a
# twentieth. Without this the bones of real hands shrank while they were tracked: docs/experiments.md.
_SMALLER_WEIGHT = 0.05


class HandCube:
    """Learns the size of one hand while it is tracked. Used by one thread at a time."""

    def __init__(self, card: ModelCard) -> None:
        """card: that of the network that reads the cubes."""
        self._card = card
        # A card without cube_of_bones gives the same edge for any sum of bones, so that this value does not matter.
        self._usual_m = card.size_m / (card.cube_of_bones or 1.0)
        self.reset()

    def reset(self) -> None:
        """Forget the hand: another one may come."""
        self._weight = self._sum = 0.0

    @property
    def size_m(self) -> float:
        """Edge of the cube, metres, by the frames so far. Always the card's own edge where it has no cube_of_bones."""
        return self._card.cube_m(self._bones_m())

    def update(self, pose: Pose) -> None:
        """Take in one more pose of the hand. It counts with the square of its confidence."""
        seen_m = bone_sum(pose.joints_cam_m)
        weight = pose.confidence**2 * (1.0 if seen_m > self._bones_m() else _SMALLER_WEIGHT)
        self._weight = _MEMORY * self._weight + weight
        self._sum = _MEMORY * self._sum + weight * seen_m

    def _bones_m(self) -> float:
        return (_USUAL_WEIGHT * self._usual_m + self._sum) / (_USUAL_WEIGHT + self._weight)
