"""One hand, frame after frame: found among candidates, followed from its last place, given up when it is gone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from app.settings import FAR_M, NEAR_M, HandChoice
from app.tracking.detector import HandDetector
from app.tracking.result import StageTimings, TrackResult, TrackState
from app.tracking.side import SideEstimate
from app.tracking.smoothing import OneEuroFilter
from models.core.crops import concentric_crops
from models.core.skeleton import hand_reference_point
from models.core.types import Cube, DepthFrame, Pose
from models.core.voxels import cube_to_cam, occupancy, points_in_cube

if TYPE_CHECKING:
    from models.runtime import ModelCard, PoseEstimate, ReferenceEstimate

# A new hand must convince the reference network; one that was there a frame ago is believed on less.
ACQUIRE_PRESENCE = 0.7
KEEP_PRESENCE = 0.35
# Mean joint confidence under which a skeleton is more likely wrong than right.
MIN_POSE_CONFIDENCE = 0.15
# A small hand at the far limit, seen by a 320 x 240 camera, still covers about 150 pixels; fewer show no fingers.
MIN_POINTS = 80
# A third of a second at 30 fps: a hand that comes back within it is still the same one.
MAX_BAD_FRAMES = 10
SEARCH_REFINEMENTS, FOLLOW_REFINEMENTS = 2, 1
# Hands turn around within a few frames, so a full step ahead would overshoot as often as it helps.
PREDICTION_GAIN = 0.5
MAX_PREDICTION_S = 0.1
# Where a hand turns up further than this from the last place, it is another one.
SAME_HAND_M = 0.15
MIN_DEPTH_M = 0.05


class PoseNet(Protocol):
    """models.runtime.PoseNetwork, or a stand-in."""

    card: ModelCard
    device: str

    def infer(self, occupancy: NDArray[np.uint8], /) -> PoseEstimate: ...


class ReferenceNet(Protocol):
    """models.runtime.ReferenceNetwork, or a stand-in."""

    card: ModelCard

    def infer(self, crops: NDArray[np.float32], /) -> ReferenceEstimate: ...


@dataclass(frozen=True, slots=True)
class _Sighting:
    """Where the reference network sees a hand: centre (3,) metres, presence and right-hand probability in 0..1."""

    center_cam_m: NDArray[np.float64]
    presence: float
    right: float


class _Stopwatch:
    """Milliseconds a stage; a stage may run more than once."""

    def __init__(self) -> None:
        self._start = self._mark = time.perf_counter()
        self._spent = {"detect_ms": 0.0, "refine_ms": 0.0, "voxelise_ms": 0.0, "network_ms": 0.0}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._spent[stage] += 1000 * (now - self._mark)
        self._mark = now

    def timings(self) -> StageTimings:
        return StageTimings(**self._spent, total_ms=1000 * (time.perf_counter() - self._start))


class Tracker:
    """Follows the most convincing hand between `near_m` and `far_m`. Used by one thread at a time.

    hand: take every hand for this side, or "auto" to let the reference network decide. Left hands go through the
    right-hand network mirrored and are mirrored back. smoothing: pass joints through a One Euro filter.
    """

    def __init__(
        self,
        pose_net: PoseNet,
        reference_net: ReferenceNet,
        hand: HandChoice = "auto",
        near_m: float = NEAR_M,
        far_m: float = FAR_M,
        smoothing: bool = False,
    ) -> None:
        self._pose_net, self._reference_net = pose_net, reference_net
        self._detector = HandDetector(near_m, far_m)
        self._side = SideEstimate(None if hand == "auto" else hand)
        self._filter = OneEuroFilter() if smoothing else None
        self._last_frame_id: int | None = None
        self.reset()

    @property
    def device(self) -> str:
        """The device that the pose network really runs on."""
        return self._pose_net.device

    @property
    def model(self) -> str:
        """The name of the pose network."""
        return self._pose_net.card.name

    def retuned(self, hand: HandChoice, near_m: float, far_m: float, smoothing: bool) -> Tracker:
        """A fresh tracker with other settings on the same networks, which are slow to load."""
        return Tracker(self._pose_net, self._reference_net, hand, near_m, far_m, smoothing)

    def reset(self) -> None:
        """Forget the hand: the next frame is searched."""
        self._center: NDArray[np.float64] | None = None
        self._velocity = np.zeros(3)
        self._seen_s = 0.0
        self._bad_frames = 0
        self._side.reset()
        if self._filter:
            self._filter.reset()

    def track(self, frame: DepthFrame) -> TrackResult:
        """The pose in one frame. A frame number that does not grow means that the source started over."""
        watch = _Stopwatch()
        if self._last_frame_id is not None and frame.frame_id <= self._last_frame_id:
            self.reset()
        self._last_frame_id = frame.frame_id
        sighting = self._follow(frame, watch)
        pose = self._estimate(frame, sighting, watch)
        if pose is None:
            sighting = self._search(frame, watch) or sighting
            pose = self._estimate(frame, sighting, watch)
        state = self._remember(frame, pose)
        if pose is not None and self._filter:
            joints = self._filter.filter(pose.joints_cam_m, frame.timestamp_ms / 1000)
            pose = Pose(joints, pose.joint_confidence, pose.confidence, pose.hand, pose.cube)
        return TrackResult(
            frame_id=frame.frame_id,
            timestamp_ms=frame.timestamp_ms,
            arrival_s=frame.arrival_s,
            pose=pose,
            state=state,
            timings=watch.timings(),
            presence=sighting.presence if sighting else None,
        )

    def _follow(self, frame: DepthFrame, watch: _Stopwatch) -> _Sighting | None:
        """The hand near its last place, a step ahead; None where it is not there any more."""
        if self._center is None:
            return None
        ahead_s = min(max(frame.timestamp_ms / 1000 - self._seen_s, 0.0), MAX_PREDICTION_S)
        center = self._center + PREDICTION_GAIN * ahead_s * self._velocity
        best = self._refine(frame, center[None], FOLLOW_REFINEMENTS)
        watch.lap("refine_ms")
        return best if best and best.presence >= KEEP_PRESENCE else None

    def _search(self, frame: DepthFrame, watch: _Stopwatch) -> _Sighting | None:
        """The most convincing candidate; None where none convinces."""
        candidates = self._detector.detect(frame)
        watch.lap("detect_ms")
        if not candidates:
            return None
        best = self._refine(frame, np.stack([c.center_cam_m for c in candidates]), SEARCH_REFINEMENTS)
        watch.lap("refine_ms")
        if best is None or best.presence < ACQUIRE_PRESENCE:
            return None
        if self._center is not None and np.linalg.norm(best.center_cam_m - self._center) > SAME_HAND_M:
            self.reset()
        return best

    def _refine(self, frame: DepthFrame, centers: NDArray, rounds: int) -> _Sighting | None:
        """Move every centre (N, 3) towards its hand `rounds` times; the one with the highest presence."""
        card = self._reference_net.card
        best: _Sighting | None = None
        for _ in range(rounds):
            centers = centers[np.isfinite(centers).all(axis=1) & (centers[:, 2] > MIN_DEPTH_M)]
            if not len(centers):
                return None
            crops = [
                concentric_crops(frame.raw, frame.depth_units, frame.camera, center, card.size_m, card.input_resolution)
                for center in centers
            ]
            estimate = self._reference_net.infer(np.stack(crops))
            centers = centers + np.asarray(estimate.offset, dtype=np.float64) * card.size_m
            index = int(np.argmax(estimate.presence))
            best = _Sighting(centers[index], float(estimate.presence[index]), float(estimate.right[index]))
        usable = best is not None and np.isfinite(best.center_cam_m).all() and best.center_cam_m[2] > MIN_DEPTH_M
        return best if usable else None

    def _estimate(self, frame: DepthFrame, sighting: _Sighting | None, watch: _Stopwatch) -> Pose | None:
        """The pose at a sighting; None where there is too little to see or the network is not sure of it."""
        if sighting is None:
            return None
        card = self._pose_net.card
        cube = Cube(sighting.center_cam_m, card.size_m)
        points = points_in_cube(frame.raw, frame.depth_units, frame.camera, cube)
        if len(points) < MIN_POINTS:
            watch.lap("voxelise_ms")
            return None
        volume = occupancy(points, cube, card.input_resolution)
        side = self._side.update(sighting.right)
        if side == "left":
            volume = np.ascontiguousarray(volume[::-1])
        watch.lap("voxelise_ms")
        estimate = self._pose_net.infer(volume)
        watch.lap("network_ms")
        joints_cube = np.array(estimate.joints_cube, dtype=np.float64)
        confidence = float(np.mean(estimate.confidence))
        if not np.isfinite(joints_cube).all() or not confidence >= MIN_POSE_CONFIDENCE:
            return None
        if side == "left":
            joints_cube[:, 0] *= -1
        return Pose(cube_to_cam(joints_cube, cube), estimate.confidence, confidence, side, cube)

    def _remember(self, frame: DepthFrame, pose: Pose | None) -> TrackState:
        """Keep the hand's place and speed from the unfiltered pose, or count a frame without one."""
        if pose is None:
            self._bad_frames += 1
            if self._center is None or self._bad_frames > MAX_BAD_FRAMES:
                self.reset()
                return TrackState.SEARCHING
            self._velocity = np.zeros(3)
            return TrackState.UNCERTAIN
        center, now_s = hand_reference_point(pose.joints_cam_m), frame.timestamp_ms / 1000
        elapsed_s = now_s - self._seen_s
        if self._center is not None and 0 < elapsed_s <= MAX_PREDICTION_S:
            self._velocity = (center - self._center) / elapsed_s
        else:
            self._velocity = np.zeros(3)
        self._center, self._seen_s, self._bad_frames = center, now_s, 0
        return TrackState.TRACKING
