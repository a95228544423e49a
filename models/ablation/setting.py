"""What the compared networks learn and how they are measured: synthetic hands, or a public data set."""

from __future__ import annotations

from dataclasses import dataclass

from models.core.protocol import OURS, Protocol
from models.core.skeleton import HAND, REFERENCE_POINTS, ReferencePoint
from models.data.synthetic.samples import CLOUD_MARGIN, POSE_CUBE_M
from models.train.augmentation import SYNTHETIC_AUGMENTATION, Augmentation


@dataclass(frozen=True, slots=True)
class Setting:
    """joints: of a hand. cube_m: edge of the cubes. point: around what they lie, of REFERENCE_POINTS.

    augmentation: random changes while training. protocol: see models.core.protocol.
    """

    joints: int = len(HAND.joints)
    cube_m: float = POSE_CUBE_M
    point: str = "palm"
    augmentation: Augmentation = SYNTHETIC_AUGMENTATION
    protocol: Protocol = OURS

    @property
    def reference_point(self) -> ReferencePoint:
        """From joints (..., J, 3) to the point (..., 3)."""
        return REFERENCE_POINTS[self.point]

    @property
    def reach_m(self) -> float:
        """Edge of the cube whose points are read: changes bring some of them in."""
        if not self.augmentation.always:
            return self.cube_m * CLOUD_MARGIN
        return self.augmentation.reach(self.cube_m)


SYNTHETIC_SETTING = Setting()
