"""The tracker's laws and states, with stand-ins for the networks."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from app.settings import TrackerSettings
from app.tracking.fit.follow import warm_up
from app.tracking.fit.result import FitVerdict
from app.tracking.locate import ACQUIRE_PRESENCE, KEEP_PRESENCE
from app.tracking.pose_reader import PoseReader
from app.tracking.result import TrackState
from app.tracking.tracker import (
    EXPECTED_SPREAD_M,
    MAX_BAD_FRAMES,
    MAX_DOUBTS,
    MAX_PREDICTION_S,
    PREDICTION_GAIN,
    Tracker,
)
from models.core.joint_sd import JointSd
from models.core.skeleton import HAND, REFERENCE_POINTS, hand_reference_point
from models.core.types import Camera, DepthFrame
from models.core.voxels import cam_to_cube, cube_to_cam
from models.reading.hand import SECOND_LOOKS
from tests.app.fakes import (
    CAMERA,
    FakePoseNet,
    FakeReferenceNet,
    empty_frame,
    fit_result,
    frame_of,
    hand_depth,
    hand_frame,
)

VOXEL_M = 0.24 / 48


def tracker(**changes) -> Tracker:
    """`changes`: pose_net and reference_net, and whatever TrackerSettings takes."""
    pose_net, reference_net = changes.pop("pose_net", FakePoseNet()), changes.pop("reference_net", FakeReferenceNet())
    return Tracker(pose_net, reference_net, TrackerSettings(**changes))


def joints(frame: DepthFrame, **changes) -> np.ndarray:
    result = tracker(**changes).track(frame)
    assert result.pose is not None
    return result.pose.joints_cam_m


def test_a_hand_is_found_and_the_result_carries_the_frames_identity():
    frame = hand_frame(frame_id=7)
    result = tracker().track(frame)
    assert result.state is TrackState.TRACKING
    assert (result.frame_id, result.timestamp_ms, result.arrival_s) == (7, frame.timestamp_ms, frame.arrival_s)
    assert result.pose.hand == "right"
    assert np.abs(result.pose.joints_cam_m[:, 2] - 0.5).max() < VOXEL_M


def test_moving_the_hand_moves_the_joints_as_far():
    pixels = 20
    shift_m = pixels * 0.5 / CAMERA.fx
    moved = joints(hand_frame((shift_m, 0.0, 0.5)))
    assert np.abs(moved - joints(hand_frame((0.0, 0.0, 0.5))) - (shift_m, 0, 0)).max() < VOXEL_M


def test_cutting_the_image_leaves_the_joints_where_they_are():
    depth = hand_depth((0.02, 0.0, 0.5))
    cut = Camera(width=280, height=230, fx=230.0, fy=230.0, ppx=CAMERA.ppx - 40, ppy=CAMERA.ppy - 10)
    whole, part = joints(frame_of(depth)), joints(frame_of(depth[10:, 40:], camera=cut))
    assert np.abs(whole - part).max() < VOXEL_M


def test_the_depth_unit_does_not_matter():
    depth = hand_depth((0.0, 0.0, 0.5))
    coarse, fine = frame_of(depth, units=0.001), frame_of(depth, units=0.000125)
    assert np.abs(joints(coarse) - joints(fine)).max() < 1e-4


def test_a_mirrored_scene_gives_the_mirrored_pose_of_the_other_hand():
    depth = hand_depth((0.03, 0.0, 0.5), arm=False)
    right = tracker(pose_net=FakePoseNet(hand="right")).track(frame_of(depth)).pose
    left = tracker(pose_net=FakePoseNet(hand="left")).track(frame_of(depth[:, ::-1])).pose
    assert (right.hand, left.hand) == ("right", "left")
    assert np.abs(left.joints_cam_m * (-1, 1, 1) - right.joints_cam_m).max() < 1.5 * VOXEL_M
    # The law would also hold for a network that cannot tell left from right: this one can.
    unmirrored = tracker(pose_net=FakePoseNet(hand="right")).track(frame_of(depth[:, ::-1])).pose
    assert np.abs(unmirrored.joints_cam_m - left.joints_cam_m).max() > 3 * VOXEL_M


@pytest.mark.parametrize("hand", ["left", "right"])
def test_a_chosen_hand_overrules_the_network(hand):
    other = FakePoseNet(hand="left" if hand == "right" else "right")
    assert tracker(pose_net=other, hand=hand).track(hand_frame()).pose.hand == hand


def test_an_empty_frame_has_no_pose():
    result = tracker().track(empty_frame())
    assert result.pose is None
    assert result.state is TrackState.SEARCHING


def test_an_unconvincing_candidate_is_no_hand():
    result = tracker(reference_net=FakeReferenceNet(presence=ACQUIRE_PRESENCE - 0.05)).track(hand_frame())
    assert result.pose is None
    assert result.state is TrackState.SEARCHING


def test_a_doubtful_hand_is_kept_but_not_taken_up():
    reference = FakeReferenceNet()
    follower = tracker(reference_net=reference)
    assert follower.track(hand_frame(frame_id=1)).pose is not None
    reference.presence = (KEEP_PRESENCE + ACQUIRE_PRESENCE) / 2
    assert follower.track(hand_frame(frame_id=2)).pose is not None
    follower.reset()
    assert follower.track(hand_frame(frame_id=3)).pose is None


def test_a_pose_the_network_is_not_sure_of_is_no_pose():
    assert tracker(pose_net=FakePoseNet(confidence=0.01)).track(hand_frame()).pose is None


def test_a_new_hand_has_to_be_surer_than_one_that_is_followed():
    pose_net = FakePoseNet(confidence=0.3)
    follower = tracker(pose_net=pose_net)
    assert follower.track(hand_frame(frame_id=0)).state is TrackState.SEARCHING
    pose_net.confidence = 0.5
    assert follower.track(hand_frame(frame_id=1)).pose is not None
    pose_net.confidence = 0.3
    assert follower.track(hand_frame(frame_id=2)).pose is not None


def test_joints_that_are_no_numbers_are_no_pose():
    class Broken(FakePoseNet):
        def infer(self, occupancy, expected=None):
            estimate = super().infer(occupancy, expected)
            estimate.joints_cube[3, 1] = np.nan
            return estimate

    assert tracker(pose_net=Broken()).track(hand_frame()).pose is None


def test_an_offset_that_is_no_number_is_no_hand():
    class Broken(FakeReferenceNet):
        def infer(self, crops):
            estimate = super().infer(crops)
            estimate.offset[:] = np.nan
            return estimate

    assert tracker(reference_net=Broken()).track(hand_frame()).pose is None


def test_a_hand_that_goes_is_uncertain_then_lost_then_found_again():
    follower = tracker()
    follower.track(hand_frame(frame_id=1))
    states = [follower.track(empty_frame(frame_id=2 + k)).state for k in range(MAX_BAD_FRAMES + 1)]
    assert states == [TrackState.UNCERTAIN] * MAX_BAD_FRAMES + [TrackState.SEARCHING]
    again = follower.track(hand_frame((0.1, 0.0, 0.6), frame_id=100))
    assert again.state is TrackState.TRACKING


def test_following_looks_at_one_place_only():
    reference = FakeReferenceNet()
    follower = tracker(reference_net=reference)
    follower.track(hand_frame(frame_id=1))
    reference.batches.clear()
    result = follower.track(hand_frame((0.01, 0.0, 0.5), frame_id=2))
    assert reference.batches == [1]
    assert result.timings.detect_ms == 0


def test_a_hand_that_jumps_is_found_in_the_same_frame():
    follower = tracker()
    follower.track(hand_frame((-0.15, 0.0, 0.5), frame_id=1))
    result = follower.track(hand_frame((0.2, 0.0, 0.6), frame_id=2))
    assert result.state is TrackState.TRACKING
    assert abs(result.pose.joints_cam_m[:, 0].mean() - 0.2) < 0.05


def test_a_moving_hand_is_followed():
    follower = tracker()
    for k in range(20):
        x = -0.2 + 0.02 * k
        result = follower.track(hand_frame((x, 0.0, 0.5), frame_id=k + 1))
        assert result.state is TrackState.TRACKING
        assert abs(result.pose.joints_cam_m[:, 0].mean() - x) < 0.04


@pytest.mark.parametrize("point", REFERENCE_POINTS)
def test_cubes_are_centred_at_the_point_that_the_network_learned_around(point):
    class Content(FakeReferenceNet):
        """Takes every guess for right."""

        def infer(self, crops):
            return SimpleNamespace(offset=np.zeros((len(crops), 3)), presence=np.full(len(crops), 0.9))

    follower = tracker(pose_net=FakePoseNet(reference_point=point), reference_net=Content())
    for k in range(5):
        pose = follower.track(hand_frame(frame_id=k + 1)).pose
    away = {
        name: np.linalg.norm(pose.cube.center_cam_m - find(pose.joints_cam_m))
        for name, find in REFERENCE_POINTS.items()
    }
    assert min(away, key=away.get) == point


def test_the_network_is_told_where_the_joints_of_a_followed_hand_should_be(monkeypatch):
    # so that poses are what the network read, from which the next ones are expected
    monkeypatch.setattr("app.tracking.bones.SteadyBones.corrected", lambda bones, joints_m, confidence: joints_m)
    pose_net = FakePoseNet(hand="right")
    follower = tracker(pose_net=pose_net, hand="right")
    first = follower.track(hand_frame((0.0, 0.0, 0.5), frame_id=1)).pose
    assert pose_net.expected == [None] * len(pose_net.expected), "of a new hand nothing is known"
    second = follower.track(hand_frame((0.01, 0.0, 0.5), frame_id=2)).pose
    expected = pose_net.expected[-1]
    was = cam_to_cube(first.joints_cam_m, second.cube)
    np.testing.assert_allclose(expected[:, :3], was, atol=1e-9)
    np.testing.assert_allclose(expected[:, 3], EXPECTED_SPREAD_M / second.cube.size_m)
    third = follower.track(hand_frame((0.02, 0.0, 0.5), frame_id=3)).pose
    ahead = cube_to_cam(pose_net.expected[-1][:, :3], third.cube) - second.joints_cam_m
    np.testing.assert_allclose(ahead, PREDICTION_GAIN * (second.joints_cam_m - first.joints_cam_m), atol=1e-9)


def test_of_the_mirror_image_nothing_is_expected_and_of_a_left_hand_its_mirrored_joints():
    pose_net = FakePoseNet(hand="left")
    follower = tracker(pose_net=pose_net)
    first = follower.track(hand_frame(frame_id=1)).pose
    pose_net.expected.clear()
    second = follower.track(hand_frame(frame_id=2)).pose
    as_seen, mirrored = pose_net.expected[:2]
    assert as_seen is None
    np.testing.assert_allclose(mirrored[:, :3] * (-1, 1, 1), cam_to_cube(first.joints_cam_m, second.cube), atol=1e-9)


def test_bones_of_a_followed_hand_keep_their_lengths(monkeypatch):
    class Rubber(FakePoseNet):
        """A fingertip that comes and goes along its bone."""

        def infer(self, occupancy, expected=None):
            estimate = super().infer(occupancy, expected)
            tip, before = estimate.joints_cube[8], estimate.joints_cube[7]
            tip += (1.5 if len(self.volumes) % 2 else -0.5) * (tip - before)
            estimate.confidence[8] = 0.3
            return estimate

    def spread() -> float:
        follower = tracker(pose_net=Rubber(), hand="right")
        poses = [follower.track(hand_frame(frame_id=k + 1)).pose.joints_cam_m for k in range(30)]
        return float(np.std([np.linalg.norm(joints[8] - joints[7]) for joints in poses[10:]]))

    steady = spread()
    monkeypatch.setattr("app.tracking.bones.SteadyBones.corrected", lambda bones, joints_m, confidence: joints_m)
    assert steady < 0.5 * spread()


def test_after_a_gap_nothing_is_expected():
    pose_net = FakePoseNet(hand="right")
    follower = tracker(pose_net=pose_net, hand="right")
    first = hand_frame(frame_id=1)
    follower.track(first)
    late = replace(hand_frame(frame_id=2), timestamp_ms=first.timestamp_ms + 1000 * MAX_PREDICTION_S + 50)
    assert follower.track(late).pose is not None
    assert pose_net.expected[-1] is None


def test_a_source_that_starts_over_is_searched_afresh():
    pose_net = FakePoseNet(hand="right")
    follower = tracker(pose_net=pose_net)
    for k in range(5):
        follower.track(hand_frame(frame_id=k + 1))
    pose_net.hand = "left"
    assert follower.track(replace(hand_frame(frame_id=1), restarts=1)).pose.hand == "left"


def test_a_reset_tracker_takes_any_number_for_the_next(caplog):
    follower = tracker()
    for number in (5, 1):
        follower.track(hand_frame(frame_id=number))
        follower.reset()
    assert not caplog.records


@pytest.mark.parametrize("numbers", [[3, 3, 3, 3], [7, 3, 2, 1]])
def test_numbers_that_do_not_grow_are_warned_of_once_and_the_hand_is_followed_on(numbers, caplog):
    reference = FakeReferenceNet()
    follower = tracker(reference_net=reference)
    for k, number in enumerate(numbers):
        frame = replace(hand_frame(frame_id=number), timestamp_ms=1000 / 30 * k)
        result = follower.track(frame)
        assert result.state is TrackState.TRACKING
        assert (result.timings.detect_ms > 0) == (k == 0), "searched in the first frame only"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "frame number" in caplog.text


def test_smoothing_starts_afresh_with_a_new_hand():
    follower = tracker(smoothing=True)
    for k in range(4):
        follower.track(hand_frame((-0.1, 0.0, 0.5), frame_id=k + 1))
    for k in range(MAX_BAD_FRAMES + 1):
        follower.track(empty_frame(frame_id=10 + k))
    smooth = follower.track(hand_frame((0.1, 0.0, 0.5), frame_id=50)).pose
    assert np.allclose(smooth.joints_cam_m, joints(hand_frame((0.1, 0.0, 0.5))))


@pytest.mark.parametrize("smoothing", [False, True])
def test_a_calibrated_network_s_deviations_stay_with_the_pose(smoothing):
    network = FakePoseNet(confidence=0.5)
    assert tracker(pose_net=network).track(hand_frame()).pose.joint_sd_mm is None
    calibration = JointSd(np.array([0.0, 0.5, 1.0]), np.array([40.0, 9.0, 2.5]), np.ones(len(HAND.joints)), 1.5, 3.0)
    network.card = replace(network.card, joint_sd=calibration)
    pose = tracker(pose_net=network, smoothing=smoothing).track(hand_frame()).pose
    np.testing.assert_allclose(pose.joint_sd_mm, 9.0)


def test_smoothing_follows_behind_the_raw_joints():
    raw, smooth = tracker(), tracker(smoothing=True)
    for k in range(3):
        frame = hand_frame((0.01 * k, 0.0, 0.5), frame_id=k + 1)
        wanted, got = raw.track(frame).pose.joints_cam_m, smooth.track(frame).pose.joints_cam_m
    assert 0 < (wanted - got)[:, 0].mean() < 0.01


def test_the_stages_add_up_to_no_more_than_the_total():
    timings = tracker().track(hand_frame()).timings
    parts = (timings.detect_ms, timings.refine_ms, timings.voxelise_ms, timings.network_ms)
    assert all(part > 0 for part in parts)
    assert sum(parts) <= timings.total_ms


def test_a_network_that_tells_sides_is_believed_over_its_confidence():
    class Unsure(FakePoseNet):
        """Surer of the mirrored volume, which it says shows no right hand."""

        def infer(self, occupancy, expected=None):
            estimate = super().infer(occupancy, expected)
            estimate.confidence[:] = 0.9 if estimate.right < 0.5 else 0.6
            return estimate

    assert tracker(pose_net=Unsure(hand="right")).track(hand_frame()).pose.hand == "right"


def test_a_network_that_does_not_tell_sides_is_asked_which_it_is_surer_of():
    class Surer(FakePoseNet):
        def infer(self, occupancy, expected=None):
            again = bool(self.volumes) and np.array_equal(self.volumes[-1][::-1], occupancy)
            estimate = super().infer(occupancy, expected)
            estimate.confidence[:] = 0.9 if again else 0.6
            return estimate

    assert tracker(pose_net=Surer(hand=None)).track(hand_frame()).pose.hand == "left"


def test_new_hands_and_poses_far_from_the_middle_of_their_cube_are_read_again_around_themselves():
    class Constant(FakePoseNet):
        """Every joint at one place, `away_m` below the middle of the cube."""

        def __init__(self, away_m: float) -> None:
            super().__init__()
            self._away_m = away_m

        def infer(self, occupancy, expected=None):
            estimate = super().infer(occupancy, expected)
            estimate.joints_cube[:] = [0.0, self._away_m / self.card.size_m, 0.0]
            return estimate

    middle, away = Constant(0.0), Constant(0.04)
    reads = []
    for pose_net in (middle, away):
        follower = tracker(pose_net=pose_net)
        for frame_id in (0, 1):
            assert follower.track(hand_frame(frame_id=frame_id)).pose is not None
            reads.append(len(pose_net.volumes))
    (new, followed), (new_away, followed_away) = reads[:2], reads[2:]
    assert new == new_away
    assert followed_away - new_away == followed - new + 1


class Ruler(FakePoseNet):
    """A hand whose bones are together `bones_m` long, straight across the middle of the cube."""

    def __init__(self, bones_m: float, **changes) -> None:
        super().__init__(**changes)
        self.bones_m = bones_m
        self.size_m = 0.0

    def infer(self, occupancy, expected=None):
        estimate = super().infer(occupancy, expected)
        place = np.zeros(len(HAND.joints))
        for parent, child in HAND.bones:
            place[child] = place[parent] + 0.05 * self.bones_m
        estimate.joints_cube[:] = np.column_stack([place - hand_reference_point(np.tile(place, (3, 1)).T)[0]] * 3)
        estimate.joints_cube /= np.sqrt(3) * self.size_m
        return estimate


def sizes_read(monkeypatch, pose_net: Ruler, frames: int = 3) -> list[float]:
    """Edges of the cubes that a tracker reads."""
    read, sizes = PoseReader.read, []

    def watched(reader, frame, cube, *arguments):
        sizes.append(cube.size_m)
        pose_net.size_m = cube.size_m
        return read(reader, frame, cube, *arguments)

    monkeypatch.setattr(PoseReader, "read", watched)
    follower = tracker(pose_net=pose_net, hand="right")
    for frame_id in range(frames):
        assert follower.track(hand_frame(frame_id=frame_id)).pose is not None
    return sizes


def test_a_hand_is_first_read_in_the_cube_for_any_hand_and_then_more_and_more_in_one_that_suits_it(monkeypatch):
    sizes = sizes_read(monkeypatch, Ruler(bones_m=0.9, cube_of_bones=0.3), frames=60)
    new, followed = sizes[:-59], sizes[-59:]
    assert set(new) == {0.24}
    assert 0.24 < followed[0] < 0.265, "a single frame may be wrong"
    assert (np.diff(followed) > 0).all()
    assert followed[-1] == pytest.approx(0.27, abs=0.003)


def test_a_network_that_knows_cubes_of_one_size_gets_no_others(monkeypatch):
    assert set(sizes_read(monkeypatch, Ruler(bones_m=0.7))) == {0.24}


class Contrary(FakePoseNet):
    """Says of every volume that its hand is of the other side, once it is told to."""

    contrary = False

    def infer(self, occupancy, expected=None):
        answer = super().infer(occupancy, expected)
        if self.contrary:
            answer.right = 0.1
        return answer


def test_frames_that_contradict_a_known_side_are_looked_at_twice_for_a_while():
    network = Contrary()
    follower = tracker(pose_net=network, hand="right")
    follower.track(hand_frame(frame_id=0))
    network.contrary = True
    passes = []
    for number in range(1, MAX_DOUBTS + 4):
        before = len(network.volumes)
        assert follower.track(hand_frame(frame_id=number)).pose is not None
        passes.append(len(network.volumes) - before)
    assert set(passes[:MAX_DOUBTS]) == {1 + len(SECOND_LOOKS)} and set(passes[MAX_DOUBTS:]) == {1}
    network.contrary = False
    follower.track(hand_frame(frame_id=40))
    network.contrary = True
    before = len(network.volumes)
    follower.track(hand_frame(frame_id=41))
    assert len(network.volumes) - before == 1 + len(SECOND_LOOKS)


class _Model:
    """Stands in for the fitted model: joints 1 cm nearer, to be shown or not."""

    def __init__(self, verdict: FitVerdict) -> None:
        self.verdict, self.resets = verdict, 0

    def reset(self) -> None:
        self.resets += 1

    def fit(self, frame, pose):
        return fit_result(joints_cam_m=pose.joints_cam_m - (0, 0, 0.01), verdict=self.verdict)


@pytest.mark.parametrize(
    ("verdict", "nearer_m"), [(FitVerdict.SHOWN, 0.01), (FitVerdict.RAW, 0), (FitVerdict.NOT_A_HAND, 0)]
)
def test_a_model_that_explains_the_image_gives_the_joints(verdict, nearer_m):
    follower = tracker()
    plain = joints(hand_frame())
    follower._model_of_hand = model = _Model(verdict)
    result = follower.track(hand_frame())
    assert result.fit is not None
    assert np.allclose(result.pose.joints_cam_m, plain - (0, 0, nearer_m))
    before = model.resets
    follower.reset()
    assert model.resets == before + 1


def test_the_model_of_what_is_no_hand_changes_nothing():
    """The stand-in's joints lie in a lump: no hand of the model's is like that."""
    warm_up()
    fitted = tracker(fit=True).track(hand_frame())
    assert fitted.fit is None or fitted.fit.verdict is FitVerdict.NOT_A_HAND
    assert np.array_equal(fitted.pose.joints_cam_m, joints(hand_frame()))
    assert tracker().track(hand_frame()).fit is None
