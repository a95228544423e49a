"""One labelled depth image, whatever data set it comes from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.types import DepthFrame, Handedness


@dataclass(frozen=True, slots=True)
class LabelledFrame:
    """A frame and what is known of it.

    joints_cam_m: (J, 3) float64, metres, camera frame, in the order of the data set's own evaluation joints; None where
    the frame shows no hand or its labels are not published. hand: its side. group: what the frame is counted under
    beside the whole, such as its camera or subject. center_cam_m: (3,) float64, metres, camera frame: the reference
    point that came with the data set, where one did. name: the image's own name in its data set.
    """

    frame: DepthFrame
    joints_cam_m: NDArray[np.float64] | None
    hand: Handedness = "right"
    group: str = ""
    center_cam_m: NDArray[np.float64] | None = None
    name: str = ""


class Digest:
    """A short fingerprint of the frames that it was shown, to see that two figures are about the same test set."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, labelled: LabelledFrame) -> None:
        self._hash.update(labelled.frame.raw.tobytes())
        if labelled.joints_cam_m is not None:
            self._hash.update(np.round(labelled.joints_cam_m * 1e6).astype(np.int64).tobytes())

    def __str__(self) -> str:
        return self._hash.hexdigest()[:12]
