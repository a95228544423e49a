"""A whole file exported in the background: the same rows as a headless run, progress, cancelling, failures."""

from __future__ import annotations

import sys
import threading

import cv2
import numpy as np
import pytest

from app import cli
from app.errors import SourceError
from app.pipeline.file_export import FileExport, depth_film
from app.run.headless import run_headless
from app.settings import BUNDLED_RECORDING, Options
from tests.app.fakes import FakeSource, FakeTracker, Wait, empty_frame, hand_frame

FRAMES = [hand_frame(frame_id=k) for k in (3, 4, 6)] + [empty_frame(frame_id=9)]
PATIENCE_S = 60.0


def export(path, source: FakeSource, fps: float = 30.0) -> FileExport:
    options = Options(source="a file", export=path, overwrite=True)
    made = FileExport(options, lambda _: source, lambda _: FakeTracker(), depth_film(options), fps, len(FRAMES))
    made.start()
    return made


@pytest.mark.parametrize("name", ["poses.csv", "poses.jsonl"])
def test_rows_are_those_of_a_headless_run(tmp_path, name):
    done = export(tmp_path / name, FakeSource(FRAMES))
    assert done.join(PATIENCE_S)
    assert (done.status.done, done.status.total, done.status.error, done.status.is_over) == (4, 4, "", True)
    run_headless(Options(export=tmp_path / f"headless-{name}"), FakeSource(FRAMES), FakeTracker(), "a model")
    assert (tmp_path / name).read_text() == (tmp_path / f"headless-{name}").read_text()


def test_arrays_are_those_of_a_headless_run(tmp_path):
    assert export(tmp_path / "poses.npz", FakeSource(FRAMES)).join(PATIENCE_S)
    run_headless(Options(export=tmp_path / "headless.npz"), FakeSource(FRAMES), FakeTracker(), "a model")
    with np.load(tmp_path / "poses.npz") as ours, np.load(tmp_path / "headless.npz") as theirs:
        assert ours.files == theirs.files
        for name in ours.files:
            np.testing.assert_array_equal(ours[name], theirs[name])


@pytest.mark.skipif(sys.platform == "darwin", reason="pyrealsense2 has no wheel here")
def test_the_real_tracker_writes_what_headless_export_writes(tmp_path, capsys):
    from app.gui.services import real_services

    path = tmp_path / "poses.csv"
    options = Options(source=str(BUNDLED_RECORDING), export=path, device="cpu", frames=30)
    services = real_services(options)
    services.make_source(options.source, False, 1.0).close()  # it was prepared for a window
    made = FileExport(
        options,
        services.make_whole_source,
        lambda options: services.build_tracker(options, None),
        depth_film(options),
        30.0,
        None,
    )
    made.start()
    assert made.join(PATIENCE_S)
    arguments = [str(BUNDLED_RECORDING), "--headless", "--device", "cpu", "--frames", "30"]
    assert cli.main([*arguments, "--export", str(tmp_path / "headless.csv")]) == 0, capsys.readouterr().err
    assert path.read_text() == (tmp_path / "headless.csv").read_text()


def test_a_cancelled_export_is_complete_as_far_as_it_came(tmp_path, wait_until):
    path = tmp_path / "poses.csv"
    started = export(path, FakeSource([*FRAMES[:2], Wait(threading.Event()), *FRAMES[2:]]))
    wait_until(lambda: started.status.done == 2)
    started.cancel()
    assert started.join(PATIENCE_S)
    assert (started.status.is_cancelled, started.status.done, started.status.error) == (True, 2, "")
    assert len(path.read_text().splitlines()) == 1 + 2


def test_an_export_that_is_cancelled_at_once_ends(tmp_path):
    started = export(tmp_path / "poses.csv", FakeSource(endless=lambda count: hand_frame(frame_id=count)))
    started.cancel()
    assert started.join(PATIENCE_S)
    assert started.status.is_over


@pytest.mark.parametrize("after", [0, 2])
def test_a_broken_source_is_one_line_and_what_came_before_stays(tmp_path, after):
    path = tmp_path / "poses.csv"
    broken = SourceError("take.db3: it ends in the middle of a frame; record it again")
    done = export(path, FakeSource([*FRAMES[:after], broken]))
    assert done.join(PATIENCE_S)
    assert done.status.error == str(broken)
    assert len(path.read_text().splitlines()) == 1 + after


def test_what_goes_wrong_otherwise_ends_the_export_too(tmp_path):
    done = export(tmp_path / "poses.csv", FakeSource([RuntimeError("odd")]))
    assert done.join(PATIENCE_S)
    assert "odd" in done.status.error


def test_a_target_in_a_file_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    done = export(tmp_path / "file" / "poses.csv", FakeSource(FRAMES))
    assert done.join(PATIENCE_S)
    assert "not a folder" in done.status.error


def test_a_film_has_a_picture_a_frame(tmp_path):
    pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is not installed")
    path = tmp_path / "film.mp4"
    done = export(path, FakeSource(FRAMES), fps=25.0)
    assert done.join(PATIENCE_S)
    assert done.status.error == ""
    film = cv2.VideoCapture(str(path))
    assert (film.get(cv2.CAP_PROP_FRAME_COUNT), film.get(cv2.CAP_PROP_FPS)) == (len(FRAMES), 25.0)


def test_a_film_without_its_encoder_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    done = export(tmp_path / "film.mp4", FakeSource(FRAMES))
    assert done.join(PATIENCE_S)
    assert "imageio-ffmpeg" in done.status.error
