"""How large a cube the hand that is followed wants: one that suits its bones, as far as they are known."""

from __future__ import annotations

from models.core.skeleton import bone_sum
from models.core.types import Pose
from models.runtime import ModelCard

# Of what is remembered, so much is left after a frame: some three seconds at 30 fps.
_MEMORY = 0.99
# A hand counts as one of usual size as if that had been seen in so many clear frames.
_USUAL_WEIGHT = 1.0
# Fingers that are hidden or out of the image are found too short, hardly ever too long: a hand that looks smaller than
# it is taken for counts for less.
_SMALLER_WEIGHT = 0.05


class HandCube:
    """Learns the size of one hand while it is tracked. Used by one thread at a time."""

    def __init__(self, card: ModelCard) -> None:
        """`card`: of the network that reads the cubes."""
        self._card = card
        # Networks that know one cube only give it for any bones.
        self._usual_m = card.size_m / (card.cube_of_bones or 1.0)
        self.reset()

    def reset(self) -> None:
        """Forget the hand: another one may come."""
        self._weight = self._sum = 0.0

    @property
    def size_m(self) -> float:
        """Edge of the cube by what was seen so far, metres; always the same for networks that know no others."""
        return self._card.cube_m(self._bones_m())

    def update(self, pose: Pose) -> None:
        """Take in a pose of the hand; unsure ones count for little."""
        seen_m = bone_sum(pose.joints_cam_m)
        weight = pose.confidence**2 * (1.0 if seen_m > self._bones_m() else _SMALLER_WEIGHT)
        self._weight = _MEMORY * self._weight + weight
        self._sum = _MEMORY * self._sum + weight * seen_m

    def _bones_m(self) -> float:
        return (_USUAL_WEIGHT * self._usual_m + self._sum) / (_USUAL_WEIGHT + self._weight)
