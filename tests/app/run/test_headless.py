"""Headless runs, previews and the benchmark, with stand-ins for the networks."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import ExportError, SourceError
from app.run.benchmark import run_benchmark
from app.run.headless import HeadlessOutcome, run_headless
from app.run.preview import MAX_PICTURES, MIN_WIDTH, PreviewWriter, depth_picture, preview_picture
from app.run.summary import RunSummary, RunTally
from app.settings import Options, TrackerSettings
from app.tracking.tracker import Tracker
from models.core.camera import project
from models.core.types import Pose
from models.data.pose_csv import read_poses
from tests.app.fakes import (
    CAMERA,
    FakePoseNet,
    FakeReferenceNet,
    FakeSource,
    FakeTracker,
    empty_frame,
    hand_frame,
    pose,
    result_of,
    source_error,
)

FRAMES = [hand_frame(frame_id=k) for k in (3, 4, 6)] + [empty_frame(frame_id=9)]


def run(source: FakeSource, tracker: FakeTracker | None = None, **changes) -> HeadlessOutcome:
    return run_headless(Options(**changes), source, tracker or FakeTracker(), "a model")


def test_every_frame_is_handled_once_in_order(tmp_path):
    tracker, path = FakeTracker(), tmp_path / "p.csv"
    source = FakeSource([FRAMES[0], None, *FRAMES[1:]])
    summary = run(source, tracker, export=path).summary
    assert tracker.frame_ids == [3, 4, 6, 9]
    assert (summary.frames, summary.tracked) == (4, 3)
    assert [int(line.split(",")[0]) for line in path.read_text().splitlines()[1:]] == [3, 4, 6, 9]
    assert source.closed


def test_a_number_of_frames_is_kept_to():
    tracker = FakeTracker()
    assert run(FakeSource(FRAMES), tracker, frames=2).summary.frames == 2
    assert tracker.frame_ids == [3, 4]


def test_errors_against_ground_truth_are_summed_up(tmp_path):
    found = pose()
    off = found.joints_cam_m.copy()
    off[0] += (0.021, 0, 0)
    off[1:] += (0, 0.010, 0)
    truth = {3: Pose(off, np.ones(21), 1.0, "right"), 4: Pose(off, np.ones(21), 1.0, "left"), 9: found}
    summary = run(FakeSource(FRAMES, truth=truth), json=tmp_path / "s.json").summary
    assert (summary.hand_frames, summary.tracked_hand_frames, summary.false_frames) == (3, 2, 1)
    errors = summary.errors
    assert errors.frames == 2
    assert errors.mean_error_mm == pytest.approx((21 + 20 * 10) / 21)
    assert errors.mean_error_without_wrist_mm == pytest.approx(10)
    assert errors.pa_error_mm == pytest.approx(0, abs=1e-6)
    assert errors.per_joint_mm["wrist"] == pytest.approx(21)
    assert errors.wrong_side == 1
    text = "\n".join(summary.lines())
    assert "mean 10.5 mm" in text
    assert "2 of the 3 that show a hand" in text
    assert "a model on fake" in text
    written = json.loads((tmp_path / "s.json").read_text())
    assert written["frames"] == 4
    assert written["errors"]["mean_error_without_wrist_mm"] == pytest.approx(10)


def test_without_ground_truth_no_error_is_claimed():
    summary = run(FakeSource(FRAMES)).summary
    assert summary.errors is None
    assert summary.hand_frames is None
    assert "error" not in "\n".join(summary.lines())


def summary_of(poses: list[Pose | None]) -> RunSummary:
    tally = RunTally({})
    for index, found in enumerate(poses):
        tally.add(result_of(hand_frame(frame_id=index), found))
    return tally.summary("source", "model", "device", 1.0)


def moved(shift_m: tuple[float, float, float], scale: float = 1.0, hand: str = "right") -> Pose:
    return Pose(scale * pose().joints_cam_m + shift_m, np.ones(21), 1.0, hand)


def test_a_hand_that_moves_evenly_and_keeps_its_size_is_steady():
    steady = summary_of([moved((0.01 * k, 0, 0)) for k in range(6)]).steadiness
    assert steady.shake_mm == pytest.approx(0, abs=1e-6)
    assert steady.bone_variation == pytest.approx(0, abs=1e-6)


def test_joints_that_jump_shake_by_as_much_and_bones_that_grow_vary():
    summary = summary_of([moved((0.004 * (k % 2), 0, 0), scale=1 + 0.1 * (k % 2)) for k in range(8)])
    assert summary.steadiness.shake_mm > 4
    assert summary.steadiness.bone_variation == pytest.approx(0.05 / 1.05)
    assert "bones vary by 5 %" in "\n".join(summary.lines())


def test_gaps_and_changes_of_side_are_no_shaking():
    alone = summary_of([moved((0, 0, 0)), None, moved((0.1, 0, 0)), moved((0.2, 0, 0), hand="left"), None])
    assert alone.steadiness.shake_mm is None
    assert "steady" not in "\n".join(alone.lines())
    assert summary_of([]).steadiness.bone_variation is None


def test_previews_are_named_by_frame_number(tmp_path):
    run(FakeSource(FRAMES, frame_count=4), preview=tmp_path / "pictures")
    names = sorted(file.name for file in (tmp_path / "pictures").iterdir())
    assert names == ["000003.png", "000004.png", "000006.png", "000009.png"]
    picture = cv2.imread(str(tmp_path / "pictures" / "000003.png"))
    assert picture.shape[1] >= MIN_WIDTH


def test_a_long_recording_gives_every_kth_picture(tmp_path):
    writer = PreviewWriter(tmp_path, 0.15, 1.2, frame_count=3 * MAX_PICTURES - 1)
    for k in range(7):
        frame = hand_frame(frame_id=k)
        writer.write(frame, result_of(frame, None))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["000000.png", "000003.png", "000006.png"]


def test_the_skeleton_is_drawn_where_the_joints_are():
    frame, found = hand_frame(), pose()
    with_pose = preview_picture(frame, result_of(frame, found), 0.15, 1.2)
    without = preview_picture(frame, result_of(frame, None), 0.15, 1.2)
    scale = with_pose.shape[1] // CAMERA.width
    for u, v in np.round(project(found.joints_cam_m, CAMERA) * scale).astype(int):
        if v > 50 and 4 < u < with_pose.shape[1] - 4 and v < with_pose.shape[0] - 4:
            patch = np.s_[v - 3 : v + 4, u - 3 : u + 4]
            assert (with_pose[patch] != without[patch]).any()


def test_a_depth_picture_tells_unmeasured_near_and_far_apart():
    picture = depth_picture(hand_frame(), 0.15, 1.2)
    assert (picture[0, 0] == 0).all()
    assert picture[120, 160].any()
    assert not (depth_picture(hand_frame(), 0.15, 0.4)[120, 160] == picture[120, 160]).all()


def test_what_was_written_before_a_failure_stays_readable(tmp_path):
    outcome = run(FakeSource([FRAMES[0], FRAMES[1], source_error()]), export=tmp_path / "p.csv")
    assert isinstance(outcome.error, SourceError)
    assert outcome.summary.frames == 2
    assert list(read_poses(tmp_path / "p.csv")) == [3, 4]


def test_a_failure_at_the_first_frame_is_raised():
    with pytest.raises(SourceError):
        run(FakeSource([source_error()]))


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_ctrl_c_ends_a_run_cleanly(tmp_path, suffix):
    class Interrupted(FakeTracker):
        def track(self, frame):
            if frame.frame_id == 6:
                raise KeyboardInterrupt
            return super().track(frame)

    source, path = FakeSource(FRAMES), tmp_path / f"p{suffix}"
    outcome = run(source, Interrupted(), export=path)
    assert outcome.interrupted
    assert outcome.summary.frames == 2
    assert source.closed
    assert path.stat().st_size > 100


def test_paths_that_cannot_be_written_fail_before_the_run(tmp_path):
    (tmp_path / "file").write_text("in the way")
    bad = tmp_path / "file" / "x"
    for changes in ({"export": bad.with_suffix(".csv")}, {"preview": bad}, {"json": bad}):
        tracker = FakeTracker()
        with pytest.raises(ExportError, match="cannot be written"):
            run(FakeSource(FRAMES), tracker, **changes)
        assert tracker.frame_ids == []


def test_a_recording_gets_every_frame():
    class Recorder:
        frame_ids: list[int] = []
        closed = False

        def write(self, frame) -> None:
            self.frame_ids.append(frame.frame_id)

        def close(self) -> None:
            self.closed = True

    recorder = Recorder()
    options = Options(record=Path("take.bag"))
    run_headless(options, FakeSource(FRAMES), FakeTracker(), "a model", recorder=lambda path, info: recorder)
    assert recorder.frame_ids == [3, 4, 6, 9]
    assert recorder.closed


def test_the_benchmark_times_every_stage():
    tracker = Tracker(FakePoseNet(), FakeReferenceNet(), TrackerSettings())
    summary = run_benchmark(FakeSource([hand_frame(frame_id=k) for k in range(1, 11)]), tracker, "a model")
    assert (summary.frames, summary.tracked) == (10, 10)
    assert summary.stages["detect"].n == 1, "once found, the hand is followed"
    assert summary.stages["network"].n == 10
    for stage in summary.stages.values():
        assert 0 < stage.p50_ms <= stage.p95_ms
    text = "\n".join(summary.lines())
    for name in ("detect", "refine", "voxelise", "network", "total", "poses a second"):
        assert name in text
    json.dumps(summary.as_json())


def test_the_benchmark_keeps_to_a_number_of_frames():
    assert run_benchmark(FakeSource(FRAMES), FakeTracker(), "a model", limit=2).frames == 2


def test_a_source_without_frames_cannot_be_timed():
    with pytest.raises(SourceError, match="no frames"):
        run_benchmark(FakeSource([]), FakeTracker(), "a model")
