"""The tracker for other programs: arrays in, arrays out, no source, window or command line."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from app.settings import FAR_M, NEAR_M, HandChoice, TrackerSettings
from app.tracking.base import FrameTracker
from app.tracking.build import build_tracker
from app.tracking.result import TrackResult
from models.core.hand_state.state import HandState, HandStates
from models.core.types import Camera, DepthFrame


class HandTracker:
    """Follows one hand, or two, through the depth images of a camera or a film. Used by one thread at a time."""

    def __init__(self, tracker: FrameTracker) -> None:
        """Most programs want `HandTracker.load`."""
        self._tracker = tracker
        self._states = HandStates()
        self._frames = 0

    @classmethod
    def load(
        cls,
        hand: HandChoice = "auto",
        device: str = "auto",
        *,
        model: str = "auto",
        near_m: float = NEAR_M,
        far_m: float = FAR_M,
        smoothing: bool = False,
        hands: int = 1,
        fit: bool = False,
    ) -> HandTracker:
        """A tracker with its networks, which take a second or two to load.

        hand: take every hand for the "left" or "right" one, or "auto" to tell them apart. device: "auto" for the
        fastest that works here, else "cuda", "tensorrt", "openvino" or "cpu". model: "auto", "compact", "full" or the
        path of an .onnx file. near_m, far_m: depth range that is searched for hands. smoothing: calm the joints with a
        filter that costs a hand at 1 m/s a millisecond. hands: how many are followed at once, 1 or 2.
        fit: fit a model of the hand to each image (`result.fit`, docs/hands.md).

        Raises app.errors.ModelError where a network cannot be used, ValueError for choices that do not exist.
        """
        return cls(build_tracker(TrackerSettings(hand, near_m, far_m, smoothing, hands, fit), model, device))

    @property
    def device(self) -> str:
        """What the pose network really runs on."""
        return self._tracker.device

    def track(self, depth: NDArray[np.uint16], camera: Camera, depth_units: float, time_s: float) -> TrackResult:
        """The hand in the next image.

        depth: (H, W) uint16 in units of `depth_units` metres, 0 where nothing was measured. camera: the intrinsics of
        this image. time_s: when it was taken, seconds on any clock; it should be later than the image before.

        The result's pose is None where no hand was found; else pose.joints_cam_m is (21, 3), metres, camera frame (+X
        right, +Y down, +Z forward), in the order of models.core.skeleton.HAND.joints, and pose.hand is its side.
        pose.joint_sd_mm is (21,), each joint's standard deviation along an axis in millimetres, or None where the
        network's card has no calibration. The result's verdict says how far the pose can be believed: TRACKED, UNSURE
        or LOST (models/reading/verdict.py). Where two hands are followed and found, the second one's result is in the
        result's `others`; `poses` has the poses of both.

        Raises ValueError where the image is not uint16 or not of the camera's size.
        """
        frame = DepthFrame(depth, depth_units, camera, self._frames, 1000 * time_s, time.monotonic())
        self._frames += 1
        return self._tracker.track(frame)

    def state(self, result: TrackResult) -> HandState | None:
        """What is known of the hand beyond its joints: angles, rotations, velocities, grips, a gesture (docs/hands.md).

        result: what `track` gave. Velocities and gestures come from image after image, so ask once for each, in order.
        None without a pose.
        """
        return self._states.next(result.pose, result.timestamp_ms / 1000)

    def reset(self) -> None:
        """Forget the hand: at a cut, a seek, the end of a loop, or before images of another camera."""
        self._tracker.reset()
        self._states.reset()
