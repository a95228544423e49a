"""The colours of the SDK's recordings: those that the SDK itself lays over the depth images, after a seek, too."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.sources.reader import recording_reader
from app.sources.recording import RecordingSource
from models.core.types import Camera
from tests.app.sources.film import COUNT, read, read_all
from tests.app.sources.sdk_bag import SdkBag
from tests.app.sources.software_camera import (
    COLOR_MODES,
    MODES,
    UNITS,
    SoftwareSdk,
    _Pipeline,
    camera_for,
    color_camera_for,
    places,
    ramp,
)

pytest.importorskip("pyrealsense2")

TURN_DEG = 4.0
DEPTH, COLOR = MODES[0], COLOR_MODES[0]


def picture(camera: Camera, number: int) -> NDArray[np.uint8]:
    """Its blue says which one it is."""
    made = places(camera)
    made[:, :, 2] = 10 * number
    return made


def write_db3(path: Path, with_color: range) -> Path:
    """Depth images of the software device, and colour pictures of the same moments, recorded by the SDK."""
    sdk = SoftwareSdk(ramp, "works", TURN_DEG)
    maker = _Pipeline(sdk)
    maker._mode = DEPTH
    recorder = sdk.rs.recorder(str(path), sdk.device)
    profiles, queues = (sdk.profiles[DEPTH], sdk.color_profiles[COLOR]), []
    for sensor, profile in zip(recorder.query_sensors(), profiles):
        queues.append(sdk.rs.frame_queue(COUNT))
        sensor.open(profile)
        sensor.start(queues[-1])
    for number in range(COUNT):
        frame = maker._frame(np.ascontiguousarray(ramp(camera_for(DEPTH), number)), number, profiles[0], 2)
        frame.depth_units = UNITS
        sdk.sensor.on_video_frame(frame)
        if number in with_color:
            colors = picture(color_camera_for(COLOR), number)
            sdk.color_sensor.on_video_frame(maker._frame(colors, number, profiles[1], 3))
        time.sleep(0.03)  # the recorder keeps when they came
    for sensor in recorder.query_sensors():
        sensor.stop()
        sensor.close()
    return path


def write_bag(path: Path) -> Path:
    half = np.radians(TURN_DEG) / 2
    camera = color_camera_for(COLOR)
    return SdkBag(
        images=[ramp(camera_for(DEPTH), number) for number in range(COUNT)],
        camera=camera_for(DEPTH),
        option_units=UNITS,
        units=(UNITS,),
        colors=[picture(camera, number) for number in range(COUNT)],
        color_camera=camera,
        color_turn=(0.0, float(np.sin(half)), 0.0, float(np.cos(half))),
        color_shift_m=(0.06, 0.0, 0.01),
    ).write(path)


@pytest.fixture(scope="module", params=["db3", "bag"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("color") / f"film.{request.param}"
    return write_bag(path) if request.param == "bag" else write_db3(path, range(COUNT))


def laid_over_by_the_sdk(path: Path) -> dict[int, NDArray[np.uint8]]:
    """The colours of each depth image by its number."""
    from app.sources.sdk import load_sdk

    rs: Any = load_sdk()
    pipeline, config, align = rs.pipeline(), rs.config(), rs.align(rs.stream.depth)
    config.enable_device_from_file(str(path), repeat_playback=False)
    config.enable_stream(rs.stream.depth)
    config.enable_stream(rs.stream.color)
    config.resolve(rs.pipeline_wrapper(pipeline)).get_device().as_playback().set_real_time(False)
    pipeline.start(config)
    found = {}
    while len(found) < COUNT:
        arrived, frames = pipeline.try_wait_for_frames(5000)
        assert arrived
        aligned = align.process(frames).as_frameset()
        depth, color = aligned.get_depth_frame(), np.array(aligned.get_color_frame().get_data())
        found[depth.get_frame_number()] = color
    pipeline.stop()
    return found


def test_depth_pixels_have_the_colours_that_the_sdk_gives_them(film: Path):
    expected = laid_over_by_the_sdk(film)
    source = recording_reader(film, False, 1.0, False, None)
    source.set_color(True)
    info, frames = read_all(source)
    assert info.has_color
    assert len(frames) == COUNT
    for frame in frames:
        assert frame.color is not None
        wanted = expected[frame.frame_id]
        assert np.unique(frame.color[frame.color.any(axis=2)][:, 2]).tolist() == [10 * frame.frame_id]
        far_off = np.abs(frame.color.astype(int) - wanted).max(axis=2) > 2  # rounded to the next pixel, or not
        assert far_off[frame.raw > 0].mean() < 0.01


def test_they_stay_right_after_a_seek_and_are_off_at_first(film: Path):
    source = RecordingSource(film, realtime=False)
    with source as info:
        assert info.has_color
        assert read(source).color is None
        source.set_color(True)
        for index in (7, 2, 3, 8, 0):
            source.seek(index)
            color = read(source).color
            assert color is not None
            assert color[:, :, 2].max() == 10 * index
        source.set_color(False)
        assert read(source).color is None


def test_where_colours_begin_late_and_end_early_the_nearest_are_shown_and_no_depth_image_is_lost(tmp_path: Path):
    source = RecordingSource(write_db3(tmp_path / "film.db3", range(3, 6)), realtime=False)
    source.set_color(True)
    _, frames = read_all(source)
    assert [frame.frame_id for frame in frames] == list(range(COUNT))
    seen = [int(frame.color[:, :, 2].max()) for frame in frames if frame.color is not None]
    assert seen == [30] * 4 + [40] + [50] * 4


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE messages SET data = substr(data, 1, 40) WHERE topic_id = {images}", "PNG|truncated or damaged"),
        ("UPDATE messages SET data = substr(data, 1, 600) WHERE topic_id = {images}", "damaged"),
        ("DELETE FROM messages WHERE topic_id = {place}", "does not say where"),
        ("UPDATE messages SET data = X'00010000020000006100' WHERE topic_id = {place}", "is no place"),
        ("DELETE FROM messages WHERE topic_id = {camera}", "no camera information"),
    ],
)
def test_colours_that_cannot_be_read_leave_the_depth_images_as_they_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str, said: str
):
    path = write_db3(tmp_path / "film.db3", range(COUNT))
    names = {"images": "%Color_0/image/data%", "place": "%Color_0/tf/%", "camera": "%Color_0/image/camera_info"}
    ids = {part: f"(SELECT id FROM topics WHERE name LIKE '{name}')" for part, name in names.items()}
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(damage.format(**ids))
    source = RecordingSource(path, realtime=False)
    with source:
        source.seek(0)  # the reader of ROS's files, for the SDK itself stumbles over some of it
        source.set_color(True)
        frames = [read(source) for _ in range(COUNT)]
    assert [frame.frame_id for frame in frames] == list(range(COUNT))
    assert all(frame.color is None for frame in frames)
    lines = [record.getMessage() for record in caplog.records if "no colours" in record.getMessage()]
    assert len(lines) == 1
    assert re.search(said, lines[0]), lines


def test_a_recording_without_a_colour_stream_says_so(film_db3: Path):
    source = RecordingSource(film_db3, realtime=False)
    source.set_color(True)
    info, frames = read_all(source)
    assert not info.has_color
    assert all(frame.color is None for frame in frames)
