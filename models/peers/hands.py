"""MediaPipe Hands on a depth frame: palm, landmarks, and the depth under each landmark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.core.camera import deproject
from models.core.types import DepthFrame
from models.peers.graphs import CROP, open_landmarks, open_palm
from models.peers.palm import SIDE, Square, hand_square, palms
from models.peers.skin import FAR_M, NEAR_M, shade

MIN_PRESENCE = 0.5
OURS = [0, *range(5, 21), *range(1, 5)]
"""MediaPipe's number of each of our joints: it has the thumb before the index finger."""
LOOK_PX = 2
HAND_M = 0.12
"""A measurement that is farther than this from the hand's middle is not of the hand."""


class MediaPipeHands:
    """Finds one hand a frame, without memory of the frames before."""

    def __init__(self, folder: Path) -> None:
        """folder: holds the networks PALM and LANDMARKS. Raises ValueError where they cannot be used."""
        self._palm, self._landmarks = open_palm(folder), open_landmarks(folder)

    def joints(self, frame: DepthFrame) -> NDArray[np.float64] | None:
        """Joints (21, 3) in our order, metres, camera frame; None where no hand is found."""
        uv = self.landmarks(shade(frame))
        return None if uv is None else on_surface(uv[OURS], frame)

    def landmarks(self, image: NDArray[np.float32]) -> NDArray[np.float64] | None:
        """Landmarks (21, 2) u, v in pixels of an image (H, W, 3), RGB in 0 .. 1, in MediaPipe's order."""
        scale = max(image.shape[:2]) / SIDE
        whole = Square(np.array([image.shape[1], image.shape[0]]) / 2, SIDE * scale, 0.0)
        answers, logits = self._palm(_cut(image, whole, SIDE))
        found = palms(answers[0], logits[0, :, 0])
        if not found:
            return None
        in_detector = hand_square(found[0])
        corner = whole.center - whole.side / 2
        square = Square(in_detector.center * scale + corner, in_detector.side * scale, in_detector.angle)
        points, presence, _, _ = self._landmarks(_cut(image, square, CROP))
        if presence[0, 0] < MIN_PRESENCE:
            return None
        matrix = square.to_image()
        placed: NDArray[np.float64] = points[0].reshape(21, 3)[:, :2] / CROP @ matrix[:, :2].T + matrix[:, 2]
        return placed - 0.5  # edges of pixels to their centres


def _cut(image: NDArray[np.float32], square: Square, side: int) -> NDArray[np.float32]:
    """What a square shows, (1, side, side, 3); black outside of the image."""
    matrix = square.to_image()
    matrix[:, :2] /= side
    # Pixel centres are at integers: half a pixel on both sides.
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, matrix, (side, side), flags=flags), dtype=np.float32)[None]


def on_surface(uv: NDArray[np.float64], frame: DepthFrame) -> NDArray[np.float64]:
    """The measured points (J, 3), metres, camera frame, under pixels (J, 2).

    Where nothing of the hand is measured there, the joint is as far away as the hand's middle.
    """
    depth_m = frame.depth_m()
    depth_m = np.where((depth_m > NEAR_M) & (depth_m < FAR_M), depth_m, 0)
    looked = np.array([_depth_at(depth_m, u, v) for u, v in np.rint(uv).astype(int)])
    measured = looked[looked > 0]
    middle = float(np.median(measured)) if len(measured) else FAR_M
    return deproject(uv, np.where(np.abs(looked - middle) < HAND_M, looked, middle), frame.camera)


def _depth_at(depth_m: NDArray[Any], u: int, v: int) -> float:
    """Median of what is measured around a pixel, 0 where nothing is."""
    rows, columns = (
        slice(max(v - LOOK_PX, 0), max(v + LOOK_PX + 1, 0)),
        slice(max(u - LOOK_PX, 0), max(u + LOOK_PX + 1, 0)),
    )
    window = depth_m[rows, columns]
    window = window[window > 0]
    return float(np.median(window)) if len(window) else 0.0
