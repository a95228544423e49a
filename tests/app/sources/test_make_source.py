"""The command line's SOURCE."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import app.sources
from app.errors import SourceError
from app.settings import BUNDLED_RECORDING
from app.sources import camera_list, make_source
from app.sources.base import Source
from app.sources.folder import FolderSource
from app.sources.reader import ReaderSource
from app.sources.realsense import CameraDevice
from tests.app.sources.film import read_all
from tests.app.sources.ros_film import RosFilm

ROOT = Path(__file__).resolve().parents[3]


def make(spec: str | None) -> Source:
    return make_source(spec, realtime=False)


def factory_of(source: Source) -> str:
    """The name of the source that is made in the reader process."""
    assert isinstance(source, ReaderSource)
    return source.factory.rpartition(":")[2]


def make_error(spec: str) -> str:
    with pytest.raises(SourceError) as caught:
        make(spec)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_files_and_folders_are_told_apart(film_folder: Path, film_bag: Path, film_db3: Path):
    assert isinstance(make(str(film_folder)), FolderSource)
    for path in (film_bag, film_db3):
        assert factory_of(make(str(path))) == "RecordingSource"
    assert factory_of(make("simulate")) == "simulated_camera"


def test_the_simulated_camera_shows_one_hand_or_two():
    for spec, hands in (("simulate", ["right"]), ("simulate:2", ["right", "left"])):
        source = make(spec)
        with source as info:
            assert source.read() is not None
            assert [truth.hand for truth in info.ground_truth[0]] == hands
    assert "simulate:3" in make_error("simulate:3")


SWITCHES = """
import sys
from app.sources import make_source
def play(name):
    source = make_source(name, realtime=True)
    source.open()
    assert source.read() is not None
    source.close()
play("assets/demo.bag")
loaded = set(sys.modules)
for name in ("simulate", "simulate:color", "assets/two-hands.db3"):
    play(name)
print(*sorted(set(sys.modules) - loaded))
"""


def test_going_over_to_another_source_loads_nothing_in_the_program():
    pytest.importorskip("pyrealsense2")
    run = subprocess.run([sys.executable, "-c", SWITCHES], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_cameras_are_named_by_serial_number():
    pytest.importorskip("pyrealsense2")
    assert factory_of(make("camera")) == "CameraSource"
    with pytest.raises(SourceError, match="camera"):
        make("camera:99").open()


def test_nothing_means_the_first_camera(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(camera_list, "list_cameras", lambda: [CameraDevice("1", "Fake D435")])
    assert factory_of(make(None)) == "CameraSource"


@pytest.mark.parametrize("sdk_is_missing", [True, False])
def test_nothing_means_the_bundled_recording_where_no_camera_is_connected(
    sdk_is_missing: bool, film_bag: Path, monkeypatch: pytest.MonkeyPatch
):
    def cameras() -> list[CameraDevice]:
        if sdk_is_missing:
            raise SourceError("cameras need pyrealsense2")
        return []

    monkeypatch.setattr(camera_list, "list_cameras", cameras)
    assert BUNDLED_RECORDING.parts[-2:] == ("assets", "demo.bag")
    monkeypatch.setattr(app.sources, "BUNDLED_RECORDING", film_bag)
    source = make(None)
    assert factory_of(source) == "RecordingSource"
    with source as info:
        assert info.label == film_bag.name


def test_anything_else_says_what_is_expected(tmp_path: Path):
    (tmp_path / "note.txt").write_text("text")
    for spec in ("", " ", "nonsense", str(tmp_path / "note.txt"), str(tmp_path / "gone"), "Camera"):
        message = make_error(spec)
        for word in ("camera:SERIAL", "simulate", ".bag", ".db3", "folder"):
            assert word in message


def test_folders_and_recordings_of_ros_work_without_the_sdk_and_the_rest_says_what_is_missing(
    film_folder: Path, film_bag: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "pyrealsense2.py").write_text("raise ImportError('no wheel')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "pyrealsense2", raising=False)
    for path in (film_folder, RosFilm().write(tmp_path, "mcap")):
        assert len(read_all(make(str(path)))[1])
    for source in (make("camera"), make(str(film_bag))):
        with pytest.raises(SourceError, match="need pyrealsense2"):
            source.open()


def test_speed_and_loop_reach_the_source(film_folder: Path):
    with pytest.raises(ValueError, match="speed"):
        make_source(str(film_folder), realtime=True, speed=0)
    source = make_source(str(film_folder), realtime=False, loop=True)
    with source as info:
        assert info.frame_count is not None
        ids = [frame.frame_id for _ in range(info.frame_count + 1) if (frame := source.read())]
    assert ids[-1] == 0


def test_a_name_that_no_file_can_have_is_one_clear_line():
    for name in ("a" * 5000, "a" * 5000 + ".bag", str(Path(__file__) / "inside.bag")):
        with pytest.raises(SourceError, match="cannot be read|does not exist"):
            make_source(name, realtime=False)
