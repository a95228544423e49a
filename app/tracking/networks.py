"""What tracking needs of the networks: models.runtime's classes, or stand-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from models.runtime import ModelCard, PoseEstimate, ReferenceEstimate


class PoseNet(Protocol):
    """models.runtime.PoseNetwork."""

    card: ModelCard
    device: str

    def infer(self, occupancy: NDArray[np.uint8], expected: NDArray | None = None, /) -> PoseEstimate: ...


class ReferenceNet(Protocol):
    """models.runtime.ReferenceNetwork."""

    card: ModelCard

    def infer(self, crops: NDArray[np.float32], /) -> ReferenceEstimate: ...
