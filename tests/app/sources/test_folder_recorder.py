"""A recording in a folder comes back, and replaces nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app import cli
from app.errors import ExportError
from app.run.writers import open_recorder
from app.sources.base import SourceInfo
from app.sources.folder import FolderSource
from app.sources.folder_recorder import FolderRecorder
from models.core.types import DepthFrame
from tests.app.fakes import FakeTracker
from tests.app.run.films import state
from tests.app.sources.film import CAMERA, COUNT, FPS, image, pose, read_all, write_folder

INFO = SourceInfo("camera", "Camera 1", True, FPS, CAMERA, 0.0001)


def frame(number: int, units: float = INFO.depth_units) -> DepthFrame:
    return DepthFrame(image(number), units, CAMERA, number, 1000 * number / FPS, 0.0)


def write(path: Path, frames: list[DepthFrame], info: SourceInfo = INFO) -> Path:
    recorder = open_recorder(path, info)
    for each in frames:
        recorder.write(each)
    recorder.close()
    return path


def test_what_is_recorded_comes_back(tmp_path: Path):
    source = FolderSource(write_folder(tmp_path / "film"), realtime=False)
    info, frames = read_all(source)
    again, got = read_all(FolderSource(write(tmp_path / "new" / "folder", frames, info), realtime=False))
    assert (again.camera, again.depth_units, again.fps) == (info.camera, info.depth_units, info.fps)
    assert [each.frame_id for each in got] == list(range(COUNT))
    for one, other in zip(got, frames, strict=True):
        np.testing.assert_array_equal(one.raw, other.raw)


def test_truth_goes_with_its_image_whatever_the_number(tmp_path: Path):
    info = replace(INFO, ground_truth={40: (pose(1),), 47: (pose(2),)})
    write(tmp_path / "folder", [frame(40), frame(43), frame(47)], info)
    with FolderSource(tmp_path / "folder", realtime=False) as played:
        assert sorted(played.ground_truth) == [0, 2]
        for number, wanted in ((0, pose(1)), (2, pose(2))):
            np.testing.assert_allclose(played.ground_truth[number][0].joints_cam_m, wanted.joints_cam_m, atol=1e-6)
    assert not (write(tmp_path / "without", [frame(0)]) / "joints.csv").exists()


def test_frames_with_units_of_their_own_are_turned_into_those_of_the_folder(tmp_path: Path):
    _, (one, other) = read_all(FolderSource(write(tmp_path / "f", [frame(0), frame(0, 0.0002)]), realtime=False))
    inside = image(0) < 32768
    np.testing.assert_array_equal(other.raw[inside], 2 * one.raw[inside])
    assert not other.raw[~inside].any()


def test_finished_images_play_before_the_recording_is_closed(tmp_path: Path):
    recorder = FolderRecorder(tmp_path / "f", INFO)
    for number in range(3):
        recorder.write(frame(number))
    assert len(read_all(FolderSource(tmp_path / "f", realtime=False))[1]) == 3
    recorder.close()
    recorder.close()
    with pytest.raises(ExportError, match="is closed already"):
        recorder.write(frame(3))


def test_what_a_folder_holds_is_not_replaced(tmp_path: Path):
    write(tmp_path / "f", [frame(0)])
    before = state(tmp_path)
    with pytest.raises(ExportError, match="f: holds files already"):
        open_recorder(tmp_path / "f", INFO)
    assert state(tmp_path) == before


def test_a_folder_that_went_away_or_a_frame_of_another_size_is_an_error(tmp_path: Path):
    recorder = FolderRecorder(tmp_path / "f", INFO)
    smaller = replace(frame(0), raw=image(0)[:24], camera=replace(CAMERA, height=24))
    with pytest.raises(ValueError, match=r"expected \(height, width\) \(48, 64\), got \(24, 64\)"):
        recorder.write(smaller)
    shutil.rmtree(tmp_path / "f")
    with pytest.raises(ExportError, match=r"f: cannot be recorded \(.*was removed"):
        recorder.close()
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="cannot be recorded"):
        FolderRecorder(tmp_path / "file" / "f", INFO)


def test_the_program_records_into_a_folder_and_spares_one_that_holds_something(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("app.tracking.build.build_tracker", lambda *_, **__: FakeTracker())
    film = str(write_folder(tmp_path / "film"))
    line = [film, "--headless", "--record", str(tmp_path / "f")]
    assert cli.main(line) == cli.DONE
    assert len(read_all(FolderSource(tmp_path / "f", realtime=False))[1]) == COUNT
    capsys.readouterr()
    own = ["--record", str(tmp_path / "g"), "--export", str(tmp_path / "g" / "joints.csv")]
    for refused, why in (
        (line, "is there and is nothing that --record writes"),
        ([*line, "--overwrite"], "holds files already"),
        ([film, "--headless", "--record", film], "is an input of this run"),
        ([film, "--headless", *own], "would be written twice"),  # the rows would have the numbers of the source
    ):
        assert cli.main(refused) == cli.FAILED
        assert why in capsys.readouterr().err
