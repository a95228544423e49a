"""Headless runs, with a stand-in for the tracker."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import ExportError, SourceError
from app.run.headless import HeadlessOutcome, run_headless
from app.run.preview import MIN_WIDTH
from app.settings import Options
from models.core.types import Pose
from models.data.pose_csv import read_poses
from tests.app.fakes import FakeSource, FakeTracker, empty_frame, hand_frame, pose, source_error

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


def test_previews_are_named_by_frame_number(tmp_path):
    run(FakeSource(FRAMES, frame_count=4), preview=tmp_path / "pictures")
    names = sorted(file.name for file in (tmp_path / "pictures").iterdir())
    assert names == ["000003.png", "000004.png", "000006.png", "000009.png"]
    picture = cv2.imread(str(tmp_path / "pictures" / "000003.png"))
    assert picture.shape[1] >= MIN_WIDTH


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
