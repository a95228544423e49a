"""The film of `film` as a folder, a .bag, a .db3, recordings of ROS, a simulated camera and a stand-in camera."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.errors import SourceError
from app.sources import realsense, sdk
from app.sources.folder import FolderSource
from app.sources.reader import ReaderSource, recording_reader
from app.sources.recording import RecordingSource
from tests.app.sources.film import Case, FakeSdk, record, simulated_film, write_folder


@pytest.fixture
def fake_sdk(monkeypatch: pytest.MonkeyPatch) -> FakeSdk:
    if find_spec("pyrealsense2"):
        sdk.sdk_context()  # cached from here on: a recording under test must not meet the stand-in's
    fake = FakeSdk()
    monkeypatch.setattr(realsense, "load_sdk", lambda: fake)
    monkeypatch.setattr(realsense, "sdk_context", fake.context)
    return fake


@pytest.fixture(scope="session")
def film_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("film") / "images")


@pytest.fixture(scope="session")
def film_bag(film_folder: Path) -> Path:
    pytest.importorskip("pyrealsense2")
    return record(film_folder.parent / "film.bag", FolderSource(film_folder, realtime=False))


@pytest.fixture(scope="session")
def film_db3(film_folder: Path) -> Path:
    pytest.importorskip("pyrealsense2")
    return record(film_folder.parent / "film.db3", FolderSource(film_folder, realtime=False))


@pytest.fixture(params=["folder", "bag", "db3", "read bag", "ros bag", "mcap", "simulator", "read simulator", "camera"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    name = request.param
    if name == "folder":
        folder = request.getfixturevalue("film_folder")
        yield Case("folder", lambda loop: FolderSource(folder, realtime=False, loop=loop), 0.000125)
    elif name in ("bag", "db3"):
        path = request.getfixturevalue(f"film_{name}")
        yield Case("recording", lambda loop: RecordingSource(path, realtime=False, loop=loop), 0.000125)
    elif name == "read bag":
        path = request.getfixturevalue("film_bag")
        yield Case("recording", lambda loop: recording_reader(path, False, 1.0, loop, None), 0.000125)
    elif name in ("ros bag", "mcap"):
        pytest.importorskip("rosbags")
        from tests.app.sources.ros_film import RosFilm

        path = RosFilm().write(request.getfixturevalue("tmp_path"), name.removeprefix("ros "))
        yield Case("recording", lambda loop: RecordingSource(path, realtime=False, loop=loop), 0.001)
    elif name == "simulator":
        pytest.importorskip("pyrealsense2")

        yield Case("simulator", lambda loop: simulated_film(), 0.001)
    elif name == "read simulator":
        pytest.importorskip("pyrealsense2")
        factory = f"{simulated_film.__module__}:{simulated_film.__name__}"
        yield Case("simulator", lambda loop: ReaderSource(factory, (), SourceError), 0.001)
    else:
        fake = request.getfixturevalue("fake_sdk")
        yield Case("camera", lambda loop: realsense.CameraSource(), 0.000125, 40, played=False)
        assert not fake.running, "the camera was left running"
