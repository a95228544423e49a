"""What reading a hand needs of the networks: models.runtime's classes, several of them as one, or stand-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from models.runtime import ModelCard, PoseEstimate, ReferenceEstimate


class PoseNet(Protocol):
    """models.runtime.PoseNetwork says what `infer` takes and gives."""

    card: ModelCard

    @property
    def device(self) -> str: ...

    def infer(self, occupancy: NDArray[np.uint8], expected: NDArray[Any] | None = None, /) -> PoseEstimate: ...


class ReferenceNet(Protocol):
    """models.runtime.ReferenceNetwork says what `infer` takes and gives."""

    card: ModelCard

    def infer(self, crops: NDArray[np.float32], /) -> ReferenceEstimate: ...
