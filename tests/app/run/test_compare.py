"""The program beside other ways, with stand-ins for MediaPipe's networks and the shipped network for the paper's."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import app.cli as cli
from app.errors import ModelError
from app.run import compare as module
from app.run.compare import (
    LANDMARKS,
    LANDMARKS_BF16,
    OURS,
    PALM,
    PAPER,
    PAPER_STEPS,
    WARM_UP,
    Clock,
    PaperSteps,
    compare,
    table,
)
from app.settings import MODEL_FOLDER, TrackerSettings
from app.tracking.build import build_tracker
from app.tracking.tracker import Tracker
from models.core.types import DepthFrame
from models.rendering.movie import HandMovie
from tests.app.fakes import CAMERA, FakePoseNet, FakeReferenceNet, FakeTracker, empty_frame, hand_frame

COMPACT = MODEL_FOLDER / "compact.onnx"


@pytest.fixture
def peers(monkeypatch) -> dict[str, list[tuple[int, ...]]]:
    """Shapes of the images that each of MediaPipe's networks is given."""
    given: dict[str, list[tuple[int, ...]]] = {PALM: [], LANDMARKS: [], LANDMARKS_BF16: []}
    named = {"f32": LANDMARKS, "bf16": LANDMARKS_BF16}
    monkeypatch.setattr(module, "unpack_networks", lambda *_: None)
    monkeypatch.setattr(module, "open_palm", lambda _: lambda image: given[PALM].append(image.shape))
    monkeypatch.setattr(
        module, "open_landmarks", lambda _, precision="f32": lambda image: given[named[precision]].append(image.shape)
    )
    return given


@pytest.mark.parametrize(("precisions", "more"), [(("f32", "int8"), []), (("f32", "bf16"), [LANDMARKS_BF16])])
def test_every_way_reads_each_frame_that_shows_a_hand(peers, monkeypatch, precisions: tuple[str, ...], more: list[str]):
    monkeypatch.setattr(module, "openvino_precisions", lambda: precisions)
    hands = [hand_frame(frame_id=number) for number in range(1, 8)]
    tracker = Tracker(FakePoseNet(), FakeReferenceNet(), TrackerSettings())
    found = compare([*hands, empty_frame(8)], tracker, COMPACT, Path("a wheel"))
    assert list(found) == [OURS, *PAPER_STEPS, PAPER, PALM, LANDMARKS, *more]
    assert found[OURS].n == 8 - WARM_UP
    assert {each.n for name, each in found.items() if name != OURS} == {7 - WARM_UP}
    landmarks = [(1, 224, 224, 3)] * 7
    assert peers == {PALM: [(1, 192, 192, 3)] * 7, LANDMARKS: landmarks, LANDMARKS_BF16: landmarks if more else []}
    assert (found[OURS].times_ours, found[OURS].cpu_times_ours) == (1, 1)
    assert len(table(found)) == 1 + len(found)


def test_times_are_those_of_the_calls_and_ratios_those_of_the_times(monkeypatch):
    now_s = iter(np.cumsum([0, 0.010, 0, 0.020] * (WARM_UP + 2)))
    monkeypatch.setattr(module.time, "perf_counter", lambda: float(next(now_s)))
    clock = Clock()
    for _ in range(WARM_UP + 2):
        assert clock.time(OURS, lambda: 5) == 5
        clock.time(PALM, lambda: None)
    found = clock.contenders()
    assert found[OURS].p50_ms == pytest.approx(10)
    assert found[PALM].p99_ms == pytest.approx(20)
    assert found[PALM].times_ours == pytest.approx(2)


def test_the_paper_s_steps_find_the_hand_where_the_tracker_does():
    tracker = build_tracker(TrackerSettings())
    movie = HandMovie(CAMERA, fps=30)
    frames = [DepthFrame(movie.render(k).raw, movie.depth_units, CAMERA, k, 1000 / 30 * k, 0.0) for k in range(3)]
    frame, pose = next((f, found) for f in frames if (found := tracker.track(f).pose) is not None)
    joints = PaperSteps(COMPACT).joints(frame, pose.cube, Clock())
    away_mm = 1000 * np.linalg.norm(joints - pose.joints_cam_m, axis=1)
    # a voxel of the volumes is a 22nd of the cube wide; its middle is up to 0.87 of that off
    assert np.median(away_mm) < 1000 * pose.cube.size_m / 22


def test_without_hands_there_is_nothing_to_compare():
    with pytest.raises(ModelError, match="0 frames show a hand"):
        compare([empty_frame()], FakeTracker(), COMPACT)


@pytest.mark.parametrize("broken", ["missing", "no wheel"])
def test_a_wheel_that_cannot_be_used_is_one_line_and_status_1(broken, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["main.py"])
    wheel = tmp_path / "x.whl"
    if broken == "no wheel":
        wheel.write_bytes(b"no wheel")
    assert cli.main(["--benchmark", "--frames", "1", "--compare", "--mediapipe", str(wheel)]) == cli.FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert "wheel" in line
    assert str(wheel) in line


@pytest.mark.parametrize("options", [["--compare"], ["--benchmark", "--mediapipe", "x.whl"]])
def test_what_goes_with_another_option_is_refused_without_it(options, capsys):
    assert cli.main(options) == cli.USAGE
    assert "goes with" in capsys.readouterr().err


def test_the_wheel_is_never_written_over(tmp_path, capsys):
    wheel = tmp_path / "x.whl"
    wheel.write_bytes(b"a wheel")
    line = ["--benchmark", "--compare", "--mediapipe", str(wheel), "--json", str(wheel), "--overwrite"]
    assert cli.main(line) == cli.FAILED
    assert "is an input of this run" in capsys.readouterr().err
    assert wheel.read_bytes() == b"a wheel"
