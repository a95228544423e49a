"""The model beside a track: loaded when it is first needed, for its compiled kernels take a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.tracking.fit.result import HandFit
from models.core.types import DepthFrame, Pose

if TYPE_CHECKING:
    from app.tracking.fit.hand_fitter import HandFitter


class ModelOfHand:
    """Fits a model to the frames of one track. Used by one thread at a time."""

    def __init__(self) -> None:
        self._fitter: HandFitter | None = None

    def reset(self) -> None:
        """Forget the hand: another one may come."""
        if self._fitter is not None:
            self._fitter.reset()

    def fit(self, frame: DepthFrame, pose: Pose) -> HandFit | None:
        """The model in one frame, by the pose that was read in it; None where that is no hand's."""
        if self._fitter is None:
            from app.tracking.fit.hand_fitter import HandFitter

            self._fitter = HandFitter()
        return self._fitter.fit(frame, pose)
