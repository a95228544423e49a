"""One hand, frame after frame: found among candidates, followed from its last place, given up when it is gone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.errors import ModelError
from app.settings import TrackerSettings
from app.tracking.bones import SteadyBones
from app.tracking.detector import HandDetector
from app.tracking.fit.follow import ModelOfHand
from app.tracking.locate import HandLocator
from app.tracking.out_of_range import RangeWatch
from app.tracking.pose_reader import PoseReader, PosesBySide
from app.tracking.result import Stopwatch, TrackResult, TrackState
from app.tracking.side import SideEstimate
from app.tracking.size import HandCube
from app.tracking.smoothing import SteadyFilter
from app.tracking.trial import Trial
from models.core.skeleton import REFERENCE_POINTS, hand_reference_point
from models.core.types import Cube, DepthFrame, Handedness, Pose
from models.reading.hand import Expectation
from models.reading.networks import PoseNet, ReferenceNet
from models.reading.refine import Sighting
from models.reading.verdict import Evidence, Verdict, calibration_of
from models.runtime import RuntimeModelError

log = logging.getLogger(__name__)

# Mean joint confidence under which a skeleton is more likely wrong than right.
MIN_POSE_CONFIDENCE = 0.2
# When it is read again a new hand has to be surer: hands of the synthetic test set that are found right are above 0.5.
MIN_NEW_CONFIDENCE = 0.4
# A third of a second at 30 fps: a hand that comes back within it is still the same one.
MAX_BAD_FRAMES = 10
# While a hand is tracked the last pose places the cube, and the reference network rests for so many frames in a row.
# Few, so that a hand that leaves is soon looked for (docs/experiments.md).
RESTED_FRAMES = 2
# Where the palm of the pose is farther than this from the cube's middle, the frame is read again in a cube around that
# palm. The first frame of a new hand is always read twice, because its cube is a guess.
RECENTER_M = 0.025
# Joints are expected at (last place) + 0.5 * (speed) * (time since). A full step would overshoot as often as it helps,
# because hands change direction within a few frames.
PREDICTION_GAIN = 0.5
MAX_PREDICTION_S = 0.1
# Standard deviation of the expected place: 25 mm, or 0.75 m for each second since the last pose where that is more.
# Chosen on synthetic films of hands that change their pose within 0.4 s (docs/experiments.md).
EXPECTED_SPREAD_M, EXPECTED_SPREAD_M_S = 0.025, 0.75
# So many frames in a row that contradict the side are looked at twice; more mean that the side is wrong.
MAX_DOUBTS = 15
# A hand that is found farther than this from the last place is another hand.
SAME_HAND_M = 0.15


class Tracker:
    """Follows the most convincing hand in the depth range of its settings. Used by one thread at a time.

    It forgets the hand where it is told to (`reset`) and where the source has started over (`DepthFrame.restarts`).
    """

    def __init__(
        self,
        pose_net: PoseNet,
        reference_net: ReferenceNet,
        settings: TrackerSettings,
        side: SideEstimate | None = None,
    ) -> None:
        """side: what knows the hand's side; by default a hand's own."""
        self._pose_net, self._reference_net = pose_net, reference_net
        self._locator = HandLocator(HandDetector(settings.near_m, settings.far_m), reference_net)
        self._range = RangeWatch(settings.near_m, settings.far_m)
        self._reader = PoseReader(pose_net)
        self._calibration = calibration_of(pose_net.card)
        self._own_point = REFERENCE_POINTS[pose_net.card.reference_point]
        self._side = side or SideEstimate(settings.fixed_side)
        self._bones = SteadyBones()
        self._cube = HandCube(pose_net.card)
        self._filter = SteadyFilter() if settings.smoothing else None
        self._model_of_hand = ModelOfHand(settings.person) if settings.fit else None
        self._trial = Trial()
        self._warned = self._is_thrifty = False
        self.reset()

    @property
    def device(self) -> str:
        """The device that the pose network really runs on."""
        return self._pose_net.device

    @property
    def model(self) -> str:
        """The name of the pose network."""
        return self._pose_net.card.name

    @property
    def networks(self) -> tuple[PoseNet, ReferenceNet]:
        """Both, for another tracker: they are slow to load."""
        return self._pose_net, self._reference_net

    def reset(self) -> None:
        """Start anew: the next frame is searched, whatever its number."""
        self._last_frame: tuple[int, int] | None = None
        self._trial.reset()
        self._forget_hand()

    def _forget_hand(self) -> None:
        self._pose: Pose | None = None
        self._velocity = np.zeros((1, 3))
        self._seen_s = 0.0
        self._bad_frames = self._doubts = 0
        self._presence, self._rested = 0.0, 0
        self._was_tracked = False
        self._side.reset()
        self._bones.reset()
        self._cube.reset()
        if self._filter:
            self._filter.reset()
        if self._model_of_hand:
            self._model_of_hand.reset()

    def track(self, frame: DepthFrame, places: Sequence[Sighting] | None = None, thrifty: bool = False) -> TrackResult:
        """The pose in one frame, which should be later than the one before.

        places: where a hand that is not followed may be; None searches the whole frame. thrifty: read a place once,
        and do not look twice at what is doubtful.

        Raises ModelError where a network answers with nonsense.
        """
        watch, self._is_thrifty = Stopwatch(), thrifty
        self._check_order(frame)
        try:
            pose, presence = self._follow(frame, watch)
            if pose is None:
                pose, presence = self._search(frame, watch, places)
        except RuntimeModelError as error:
            raise ModelError(str(error)) from None
        state = self._remember(frame, pose)
        if presence is not None:
            self._presence = presence
        out_of_range = fit = None
        if pose is None:
            out_of_range = self._range.look(frame)
        else:
            self._range.reset()
            self._cube.update(pose)
            joints = self._bones.corrected(pose.joints_cam_m, pose.joint_confidence)
            if self._model_of_hand:
                fit = self._model_of_hand.fit(frame, replace(pose, joints_cam_m=joints))
                joints = joints if fit is None else fit.shown(joints)
            if self._filter:
                joints = self._filter.filter(joints, frame.timestamp_ms / 1000)
            pose = replace(pose, joints_cam_m=joints)
        verdict = self._judge(pose, presence)
        result = TrackResult(
            frame_id=frame.frame_id,
            timestamp_ms=frame.timestamp_ms,
            arrival_s=frame.arrival_s,
            pose=pose,
            state=state,
            timings=watch.timings(),
            verdict=verdict,
            presence=presence,
            out_of_range=out_of_range,
            fit=fit,
        )
        return result if pose is None or self._trial.shows(verdict) else result.without_pose()

    def _judge(self, pose: Pose | None, presence: float | None) -> Verdict:
        """How far the pose of this frame can be believed; networks that were never calibrated are never sure."""
        verdict = Verdict.LOST
        if pose is not None and presence is not None:
            verdict = Verdict.UNSURE
            if self._calibration is not None:
                verdict = self._calibration.verdict(Evidence(pose.confidence, presence), self._was_tracked)
        self._was_tracked = verdict is Verdict.TRACKED
        return verdict

    def _check_order(self, frame: DepthFrame) -> None:
        """Start anew where the source has; a number that does not grow is no reason to, but worth a warning."""
        if self._last_frame is not None:
            last_id, restarts = self._last_frame
            if frame.restarts != restarts:
                self.reset()
            elif frame.frame_id <= last_id and not self._warned:
                self._warned = True
                log.warning(
                    "frame number %d comes after %d: frames should be counted up; tracking goes on, and forgets the "
                    "hand only where it is reset",
                    frame.frame_id,
                    last_id,
                )
        self._last_frame = frame.frame_id, frame.restarts

    @property
    def is_look_due(self) -> bool:
        """Whether the reference network looks at the next frame; else the last pose alone places the cube."""
        return not self._was_tracked or self._rested >= RESTED_FRAMES

    def look_next(self) -> None:
        """Have the reference network look at the next frame, whether that is due or not."""
        self._rested = RESTED_FRAMES

    def _follow(self, frame: DepthFrame, watch: Stopwatch) -> tuple[Pose | None, float | None]:
        """The pose near the last place, a step ahead, and the presence there at the last look."""
        if self._pose is None:
            return None, None
        since_s = frame.timestamp_ms / 1000 - self._seen_s
        ahead_s = min(max(since_s, 0.0), MAX_PREDICTION_S)
        joints = self._pose.joints_cam_m + PREDICTION_GAIN * ahead_s * self._velocity
        spread_m = max(EXPECTED_SPREAD_M, EXPECTED_SPREAD_M_S * ahead_s)
        # After a longer time a hand may have done anything.
        expectation = Expectation(joints, spread_m, self._pose.hand) if ahead_s == since_s else None
        palm = hand_reference_point(joints)
        if not self.is_look_due:
            self._rested += 1
            sightings = [Sighting(palm, self._presence)]
        else:
            self._rested = 0
            sightings = self._locator.follow(frame, palm, watch)
        return self._read_best(frame, sightings, watch, expectation)

    def _search(
        self, frame: DepthFrame, watch: Stopwatch, places: Sequence[Sighting] | None
    ) -> tuple[Pose | None, float | None]:
        """The pose at the most convincing place of the whole frame, or of some places, and the presence there."""
        sightings = self._locator.search(frame, watch) if places is None else places
        pose, presence = self._read_best(frame, sightings, watch, searching=True)
        return (pose if pose is None or pose.confidence >= MIN_NEW_CONFIDENCE else None), presence

    def _read_best(
        self,
        frame: DepthFrame,
        sightings: Sequence[Sighting],
        watch: Stopwatch,
        expectation: Expectation | None = None,
        searching: bool = False,
    ) -> tuple[Pose | None, float | None]:
        """The pose at the sighting that the pose network is surest of; None where it is sure of none."""
        best: tuple[PosesBySide, Sighting, Cube] | None = None
        last = None if self._pose is None else self._pose.joints_cam_m
        # Networks that learned around another point than the palm get their cube there, as far from it as just before.
        to_own_point = np.zeros(3) if last is None else self._own_point(last) - hand_reference_point(last)
        for sighting in sightings:
            sides = self._side.sides_to_read(new_hand=searching)
            cube = Cube(sighting.center_cam_m + to_own_point, self._cube.size_m)
            reading = self._reader.read(frame, cube, sides, watch, expectation)
            if reading and (best is None or reading.confidence > best[0].confidence):
                best = reading, sighting, cube
        if best is None or best[0].confidence < MIN_POSE_CONFIDENCE:
            return None, sightings[0].presence if sightings else None
        reading, sighting, cube = best
        if last is not None and np.linalg.norm(sighting.center_cam_m - hand_reference_point(last)) > SAME_HAND_M:
            if self._bad_frames:
                self._trial.leave(self._seen_s)
            self._forget_hand()
        side = self._side.update(reading.right_log_odds)
        pose = reading.poses.get(side)
        center = cube.center_cam_m if pose is None else self._own_point(pose.joints_cam_m)
        is_off = searching or np.linalg.norm(center - cube.center_cam_m) > RECENTER_M
        # Without a pose the evidence has just tipped over: this frame was read for the other side only.
        if pose is None or (is_off and not self._is_thrifty):
            again = self._reader.read(frame, Cube(center, cube.size_m), (side,), watch, expectation)
            if again and side in again.poses:
                reading, pose = again, again.poses[side]
        if pose is not None and not self._is_thrifty and self._is_doubtful(reading, side):
            pose = self._reader.read_again(frame, reading.readings[side], watch, expectation)
        return pose, sighting.presence

    def _is_doubtful(self, reading: PosesBySide, side: Handedness) -> bool:
        """Whether a frame contradicts a side that is known, and a second look is worth its time."""
        if not self._side.is_settled or not reading.readings[side].is_doubtful:
            self._doubts = 0
            return False
        self._doubts += 1
        return self._doubts <= MAX_DOUBTS

    def _remember(self, frame: DepthFrame, pose: Pose | None) -> TrackState:
        """Keep the pose as it was read and the speed of its joints, or count a frame without one."""
        if pose is None:
            self._bad_frames += 1
            if self._pose is None or self._trial.is_on or self._bad_frames > MAX_BAD_FRAMES:
                if self._pose is not None:
                    self._trial.leave(self._seen_s)
                self._forget_hand()
                return TrackState.SEARCHING
            self._velocity = np.zeros((1, 3))
            return TrackState.UNCERTAIN
        now_s = frame.timestamp_ms / 1000
        elapsed_s = now_s - self._seen_s
        self._velocity = np.zeros((1, 3))
        if self._pose is None and self._calibration is not None:  # others are never sure
            self._trial.begin(now_s)
        if self._pose is not None and self._pose.hand == pose.hand and 0 < elapsed_s <= MAX_PREDICTION_S:
            self._velocity = (pose.joints_cam_m - self._pose.joints_cam_m) / elapsed_s
        self._pose, self._seen_s, self._bad_frames = pose, now_s, 0
        return TrackState.TRACKING
