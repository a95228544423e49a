"""Two hands, frame after frame: a track for each, which sees the frame without the other hand's points."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.settings import TrackerSettings
from app.tracking.at_once import AtOnce
from app.tracking.detector import HandDetector
from app.tracking.explained import without
from app.tracking.locate import HandLocator
from app.tracking.result import StageTimings, Stopwatch, TrackResult, TrackState
from app.tracking.scout import Scout
from app.tracking.side_pair import PairedSide
from app.tracking.tracker import Tracker
from models.core.skeleton import hand_reference_point
from models.core.types import DepthFrame, Pose
from models.reading.networks import PoseNet, ReferenceNet
from models.reading.refine import Sighting
from models.reading.verdict import Verdict

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
# Hands whose palms are seen farther apart than this, sideways, are read at the same time. Nearer ones touch or hide
# each other, and the second one is read without what the first one turned out to be (docs/experiments.md).
APART_M = 0.12


class TwoHandTracker:
    """Follows up to two hands. Used by one thread at a time.

    The result is that of the hand which is followed longest; `TrackResult.others` has the second one's.
    """

    def __init__(self, pose_net: PoseNet, reference_net: ReferenceNet, settings: TrackerSettings) -> None:
        sides = PairedSide(settings.fixed_side), PairedSide(settings.fixed_side)
        self._at_once = AtOnce(pose_net, reference_net)
        self._tracks = [_Track(Tracker(*own, settings, side), side) for own, side in zip(self._at_once.own, sides)]
        self._scout = Scout(HandLocator(HandDetector(settings.near_m, settings.far_m), reference_net))
        self._scouted = StageTimings()  # what the scout took in this frame
        self._restarts: int | None = None

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
        return self._at_once.shared

    def reset(self) -> None:
        """Start anew: the next frame is searched, whatever its number."""
        for track in self._tracks:
            track.reset()
            track.side.partner = None
        self._scout.reset()

    def track(self, frame: DepthFrame) -> TrackResult:
        """The poses in one frame, which should be later than the one before.

        Raises ModelError where a network answers with nonsense.
        """
        start_s = time.perf_counter()
        if frame.restarts != self._restarts:
            self._restarts = frame.restarts
            self.reset()
        now_s, self._scouted = frame.timestamp_ms / 1000, StageTimings()
        results = self._follow_both(frame, now_s) if self._are_apart(now_s) else {}
        for track in self._in_order(now_s) if not results else ():
            result = self._follow(track, frame, now_s, bool(results))
            if result is not None:
                results[track] = result
        self._keep_apart(results)
        self._refuse_places(results)
        timings = sum((result.timings for result in results.values()), self._scouted)
        return self._summed_up(results, replace(timings, total_ms=1000 * (time.perf_counter() - start_s)))

    def _other(self, track: _Track) -> _Track:
        return self._tracks[1] if track is self._tracks[0] else self._tracks[0]

    def _are_apart(self, now_s: float) -> bool:
        """Whether both hands count and neither is in the other's way, as the camera sees them."""
        expected = [track.expected(now_s) for track in self._tracks if track.is_confirmed]
        palms = [hand_reference_point(joints) for joints in expected if joints is not None]
        if len(palms) < 2 or min(palm[2] for palm in palms) <= 0:
            return False
        one, other = palms
        return float(np.linalg.norm(one[:2] / one[2] - other[:2] / other[2]) * min(one[2], other[2])) > APART_M

    def _follow_both(self, frame: DepthFrame, now_s: float) -> dict[_Track, TrackResult]:
        """Two hands that are apart, each in the frame without the other as far as it is expected: neither has to wait.

        What one of them shows of its side helps the other from the next frame on.
        """
        one, other = self._tracks
        expected_one, expected_other = one.expected(now_s), other.expected(now_s)
        if any(track.tracker.is_look_due for track in self._tracks):
            for track in self._tracks:
                track.tracker.look_next()  # at the same time costs once, in turn it costs in two frames of three
        with one.side.held(), other.side.held():
            found = self._at_once.run(
                lambda: one.follow(_without(frame, other, expected_other, expected_one), []),
                lambda: other.follow(_without(frame, one, expected_one, expected_other), []),
            )
        return dict(zip(self._tracks, found))

    def _follow(self, track: _Track, frame: DepthFrame, now_s: float, is_second: bool) -> TrackResult | None:
        """The track in the next frame; None where there is nothing to follow and nothing to read.

        The only hand that counts may search the whole frame; beside another one the scout says where to look.
        """
        other, expected = self._other(track), track.expected(now_s)
        if (track.is_confirmed and not other.is_confirmed) or (not is_second and other.pose is None):
            return track.follow(_without(frame, other, other.expected(now_s), expected))
        place = None
        if expected is None and other.pose is not None and self._scout.next_frame(track.is_recent):
            watch = Stopwatch()
            place = self._scout.place(_without(frame, other, other.expected(now_s)), watch)
            self._scouted = watch.timings()
        if not track.is_followed and place is None:
            return None
        return track.follow(_without(frame, other, other.expected(now_s), expected), [] if place is None else [place])

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

    def _refuse_places(self, results: Iterable[_Track]) -> None:
        """Where a hand was read that did not come to count, the scout need not look again soon."""
        for track in results:
            if track.place is not None and not track.is_followed:
                self._scout.refuse(track.place)
            if not track.is_new:
                track.place = None

    def _summed_up(self, results: dict[_Track, TrackResult], timings: StageTimings) -> TrackResult:
        shown = sorted((track for track in results if track.is_shown), key=lambda track: -track.age)
        if not shown:
            nearest = max(results, key=lambda track: (track.is_confirmed, track.age))
            return replace(results[nearest].without_pose(), timings=timings)
        first, *others = (results[track] for track in shown)
        return replace(first, timings=timings, others=tuple(others))


class _Track:
    """One hand's tracker with what it showed last.

    place: where a hand that does not count yet was last read, (3,) metres; None for others.
    """

    def __init__(self, tracker: Tracker, side: PairedSide) -> None:
        self.tracker, self.side = tracker, side
        self.reset()

    def reset(self) -> None:
        """Start anew."""
        self.missing = RECENT_FRAMES
        self.place: NDArray[Any] | None = None
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

    def follow(self, frame: DepthFrame, places: Sequence[Sighting] | None = None) -> TrackResult:
        """The hand in the next frame. places: where to look if it is not followed; None searches the whole frame."""
        now_s, before = frame.timestamp_ms / 1000, self.pose
        expected = self.expected(now_s)
        if places:
            self.place = places[0].center_cam_m
        result = self.tracker.track(
            frame, places, thrifty=places is not None and not (self.is_confirmed or self.is_recent)
        )
        self.has_jumped = result.pose is not None and (
            expected is None or _palms_apart_m(result.pose.joints_cam_m, expected) > JUMP_M
        )
        self._velocity = np.zeros((1, 3))
        if before is not None and result.pose is not None and 0 < now_s - self._seen_s <= MAX_AHEAD_S:
            self._velocity = (result.pose.joints_cam_m - before.joints_cam_m) / (now_s - self._seen_s)
        self.pose, self._seen_s = result.pose, now_s
        self.is_followed = result.state is not TrackState.SEARCHING
        if places is not None and not self.is_followed:
            self.tracker.reset()
        self.is_sure = result.verdict is Verdict.TRACKED
        self.age = self.age + 1 if self.is_followed else 0
        self.is_confirmed = self.is_confirmed and self.is_followed
        if self.place is not None and self.pose is not None:
            self.place = hand_reference_point(self.pose.joints_cam_m)
        return result


def _without(
    frame: DepthFrame, other: _Track, expected: NDArray[Any] | None, kept: NDArray[Any] | None = None
) -> DepthFrame:
    """The frame without the other hand (`expected`, (21, 3)), and where nothing is followed without its forearm, too.

    A new hand that does not count yet takes nothing away from one that does.
    """
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
