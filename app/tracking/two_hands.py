"""Two hands, frame after frame: a track for each, which sees the frame without the other hand's points."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.settings import TrackerSettings
from app.tracking.explained import without
from app.tracking.result import StageTimings, TrackResult, TrackState
from app.tracking.side_pair import PairedSide
from app.tracking.tracker import Tracker
from models.core.skeleton import hand_reference_point
from models.core.types import DepthFrame, Pose
from models.reading.networks import PoseNet, ReferenceNet
from models.reading.verdict import Verdict

# Beside a hand that is followed, another one is looked for in every third frame, which costs little.
SEARCH_EVERY = 3
# A second hand counts once it was read so often in a row, each time surely: 0.1 s at 30 fps.
CONFIRM_FRAMES = 3
# A hand that was shown so few frames ago, 1.5 s at 30 fps, was only hidden: it is looked for all the time, and believed
# at once when it comes back.
RECENT_FRAMES = 45
# Where a hand is expected: its last place and its speed, for at most so long.
MAX_AHEAD_S = 0.1
# A hand whose palm is found farther than this from where it is expected has jumped: it may be another thing.
JUMP_M = 0.06
# A pose belongs to the same hand as another one where its palm is as near as this, and its joints lie, on average, as
# near to the other's nearest ones. Hands that touch palm to palm are farther apart: a hand is 25 mm thick.
SAME_PALM_M, SAME_JOINTS_M = 0.04, 0.022


class TwoHandTracker:
    """Follows up to two hands. Used by one thread at a time.

    The result is that of the hand which is followed longest; `TrackResult.others` has the second one's.
    """

    def __init__(self, pose_net: PoseNet, reference_net: ReferenceNet, settings: TrackerSettings) -> None:
        sides = PairedSide(settings.fixed_side), PairedSide(settings.fixed_side)
        self._tracks = [_Track(Tracker(pose_net, reference_net, settings, side), side) for side in sides]
        self._restarts: int | None = None
        self._frames = 0

    @property
    def device(self) -> str:
        """The device that the pose network really runs on."""
        return self._tracks[0].tracker.device

    @property
    def model(self) -> str:
        """The name of the pose network."""
        return self._tracks[0].tracker.model

    @property
    def networks(self) -> tuple[PoseNet, ReferenceNet]:
        """Both, for another tracker: they are slow to load."""
        return self._tracks[0].tracker.networks

    def reset(self) -> None:
        """Start anew: the next frame is searched, whatever its number."""
        for track in self._tracks:
            track.reset()
            track.side.partner = None

    def track(self, frame: DepthFrame) -> TrackResult:
        """The poses in one frame, which should be later than the one before.

        Raises ModelError where a network answers with nonsense.
        """
        start_s = time.perf_counter()
        if frame.restarts != self._restarts:
            self._restarts = frame.restarts
            self.reset()
        self._frames += 1
        now_s = frame.timestamp_ms / 1000
        results: dict[_Track, TrackResult] = {}
        for track in self._in_order(now_s):
            other = self._other(track)
            if track.is_followed or not results or self._is_worth_a_search(track):
                results[track] = track.follow(_without(frame, other, now_s, track.expected(now_s)))
        self._keep_apart(results)
        return self._summed_up(results, 1000 * (time.perf_counter() - start_s))

    def _other(self, track: _Track) -> _Track:
        return self._tracks[1] if track is self._tracks[0] else self._tracks[0]

    def _is_worth_a_search(self, track: _Track) -> bool:
        """Whether a hand is looked for beside the other one in this frame: at once where that one is new, too."""
        other = self._other(track)
        return other.age == 1 or (other.is_followed and (track.is_recent or self._frames % SEARCH_EVERY == 0))

    def _in_order(self, now_s: float) -> list[_Track]:
        """Hands that were seen just before, near ones first: nothing hides them. Then a lost one, then a new one."""

        def key(track: _Track) -> tuple[bool, bool, float]:
            expected = track.expected(now_s)
            return expected is None, not track.is_followed, 0.0 if expected is None else float(expected[:, 2].mean())

        return sorted(self._tracks, key=key)

    def _keep_apart(self, results: dict[_Track, TrackResult]) -> None:
        """Forget the worse of two tracks that are on one hand, and one that is not sure though it is new or jumped.

        The only hand is shown whatever it does, as if there was no second track.
        """
        one, other = self._tracks
        if one.pose is not None and other.pose is not None and is_same_hand(one.pose, other.pose):
            worse = min(self._tracks, key=lambda track: (track.is_confirmed, track.confidence, track.age))
            worse.forget()
        for track in results:
            must_be_sure = self._other(track).is_confirmed and (track.is_new or track.has_jumped)
            if must_be_sure and not track.is_sure:
                track.forget()
            elif track.age >= CONFIRM_FRAMES or track.is_recent or not self._other(track).is_confirmed:
                track.is_confirmed = track.is_followed
        for track in self._tracks:
            track.missing = 0 if track.is_shown else track.missing + 1
            self._other(track).side.partner = track.side if track.is_confirmed else None

    def _summed_up(self, results: dict[_Track, TrackResult], total_ms: float) -> TrackResult:
        timings = replace(sum((result.timings for result in results.values()), StageTimings()), total_ms=total_ms)
        shown = sorted((track for track in results if track.is_shown), key=lambda track: -track.age)
        if not shown:
            nearest = max(results, key=lambda track: (track.is_confirmed, track.age))
            return replace(results[nearest].without_pose(), timings=timings)
        first, *others = (results[track] for track in shown)
        return replace(first, timings=timings, others=tuple(others))


class _Track:
    """One hand's tracker with what it showed last."""

    def __init__(self, tracker: Tracker, side: PairedSide) -> None:
        self.tracker, self.side = tracker, side
        self.reset()

    def reset(self) -> None:
        """Start anew."""
        self.missing = RECENT_FRAMES
        self.forget()

    def forget(self) -> None:
        """Give up the hand; that there was one a moment ago is still known."""
        self.tracker.reset()
        self.pose: Pose | None = None
        self.age = 0
        self.is_sure = self.is_followed = self.is_confirmed = self.has_jumped = False
        self._velocity = np.zeros((1, 3))
        self._seen_s = 0.0

    @property
    def confidence(self) -> float:
        return 0.0 if self.pose is None else self.pose.confidence

    @property
    def is_new(self) -> bool:
        """Whether it has a hand that does not count yet."""
        return self.is_followed and not self.is_confirmed

    @property
    def is_shown(self) -> bool:
        """Whether the last frame has a pose of it that counts."""
        return self.is_confirmed and self.pose is not None

    @property
    def is_recent(self) -> bool:
        """Whether a hand was shown a moment ago."""
        return self.missing < RECENT_FRAMES

    def expected(self, now_s: float) -> NDArray[Any] | None:
        """Where the joints (21, 3) should be by now, metres, camera frame; None where the last frame has no pose."""
        if self.pose is None:
            return None
        ahead_s = min(max(now_s - self._seen_s, 0.0), MAX_AHEAD_S)
        expected: NDArray[Any] = self.pose.joints_cam_m + ahead_s * self._velocity
        return expected

    def follow(self, frame: DepthFrame) -> TrackResult:
        """The hand in the next frame."""
        now_s, before = frame.timestamp_ms / 1000, self.pose
        expected = self.expected(now_s)
        result = self.tracker.track(frame)
        self.has_jumped = result.pose is not None and (
            expected is None or _palms_apart_m(result.pose.joints_cam_m, expected) > JUMP_M
        )
        self._velocity = np.zeros((1, 3))
        if before is not None and result.pose is not None and 0 < now_s - self._seen_s <= MAX_AHEAD_S:
            self._velocity = (result.pose.joints_cam_m - before.joints_cam_m) / (now_s - self._seen_s)
        self.pose, self._seen_s = result.pose, now_s
        self.is_followed = result.state is not TrackState.SEARCHING
        self.is_sure = result.verdict is Verdict.TRACKED
        self.age = self.age + 1 if self.is_followed else 0
        self.is_confirmed = self.is_confirmed and self.is_followed
        return result


def _without(frame: DepthFrame, other: _Track, now_s: float, kept: NDArray[Any] | None = None) -> DepthFrame:
    """The frame without the other hand, and where nothing is followed in it without that hand's forearm, too.

    A new hand that does not count yet takes nothing away from one that does.
    """
    expected = other.expected(now_s)
    if expected is None or (other.is_new and kept is not None):
        return frame
    return without(frame, [expected], kept, forearms=kept is None)


def is_same_hand(one: Pose, other: Pose) -> bool:
    """Whether two poses explain the same points: their palms and, on average, their joints lie on each other."""
    if _palms_apart_m(one.joints_cam_m, other.joints_cam_m) > SAME_PALM_M:
        return False
    distances = np.linalg.norm(one.joints_cam_m[:, None] - other.joints_cam_m[None], axis=2)
    nearest_m = (distances.min(axis=0).mean() + distances.min(axis=1).mean()) / 2
    return bool(nearest_m < SAME_JOINTS_M)


def _palms_apart_m(one_cam_m: NDArray[Any], other_cam_m: NDArray[Any]) -> float:
    """The distance of two hands' palms, by their joints (21, 3) each."""
    return float(np.linalg.norm(hand_reference_point(one_cam_m) - hand_reference_point(other_cam_m)))
