"""What can be chosen of a camera, tried on the SDK's software device, in the reader process as in the program."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from app.errors import SourceError
from app.settings import Filters, parse_filters
from app.sources.camera_settings import CameraState, DepthMode
from app.sources.filters import camera_behind
from app.sources.reader import ReaderSource
from models.core.types import Camera, DepthFrame
from tests.app.sources.film import read

pytest.importorskip("pyrealsense2")
from tests.app.sources.software_camera import MODES, NAME, SERIAL, camera_for  # noqa: E402  needs the SDK

SMALL, LARGE, FAST = MODES


@pytest.fixture
def camera() -> Iterator[ReaderSource]:
    source = ReaderSource("tests.app.sources.software_camera:software_camera", (), SourceError)
    yield source
    source.close()


def state_after_read(source: ReaderSource) -> CameraState:
    read(source)
    state = source.state()
    assert state is not None
    return state


def value_of(state: CameraState, name: str) -> float:
    return next(control.value for control in state.controls if control.name == name)


def depth_at_x(frame: DepthFrame, near_m: float) -> float:
    """Metres beside the axis at which the ramp of the stand-in has this depth, by the frame's own camera."""
    row = frame.raw[len(frame.raw) // 4].astype(float)  # of the half without noise
    columns = np.flatnonzero(row)
    slope, start = np.polyfit(columns, frame.depth_units * row[columns], 1)
    return (((near_m - start) / slope) - frame.camera.ppx) / frame.camera.fx * near_m


def test_the_state_tells_the_device_its_modes_and_its_options(camera: ReaderSource):
    camera.open()
    assert camera.state() is None  # before the first frame
    state = state_after_read(camera)
    assert (state.device.name, state.device.serial, state.device.connection) == (NAME, SERIAL, "3.2")
    assert (state.modes, state.mode) == (MODES, LARGE)
    assert [control.name for control in state.controls] == [
        "visual_preset", "enable_auto_exposure", "exposure", "gain", "laser_power",
    ]  # fmt: skip
    laser = state.controls[-1]
    assert (laser.value, laser.lowest, laser.highest, laser.step) == (150, 0, 360, 30)
    assert [control.is_switch for control in state.controls] == [False, True, False, False, False]


def test_an_option_is_set_now_and_again_after_it_is_opened_again(camera: ReaderSource):
    camera.open()
    assert value_of(state_after_read(camera), "laser_power") == 150
    camera.set_control("laser_power", 210)
    camera.set_control("gain", 32)
    assert value_of(state_after_read(camera), "laser_power") == 210
    camera.open()  # another process
    state = state_after_read(camera)
    assert (value_of(state, "laser_power"), value_of(state, "gain")) == (210, 32)


def test_what_the_camera_refuses_is_told_and_changes_nothing(camera: ReaderSource):
    camera.open()
    camera.set_control("laser_power", 9999)
    state = state_after_read(camera)
    assert state.problem.startswith("Laser power cannot be 9999: ")
    assert value_of(state, "laser_power") == 150
    camera.set_control("laser_power", 60)
    assert state_after_read(camera).problem == ""


def test_a_mode_counts_from_the_next_opening_on(camera: ReaderSource):
    camera.open()
    read(camera)
    camera.set_mode(SMALL)
    assert read(camera).camera == camera_for(LARGE)
    info = camera.open()
    assert info.camera == camera_for(SMALL)
    assert read(camera).raw.shape == (SMALL.height, SMALL.width)
    camera.set_mode(FAST)
    assert camera.open().fps == 60
    camera.set_mode(DepthMode(123, 45, 6))
    assert camera.open().camera == camera_for(LARGE)  # the source's own choice again


@pytest.mark.parametrize("decimation", [2, 3, 4, 8])
def test_points_stay_where_they_are_in_space_when_frames_are_decimated(camera: ReaderSource, decimation: int):
    camera.set_mode(SMALL)
    camera.open()
    before_m = depth_at_x(read(camera), 1.0)
    camera.set_filters(Filters(decimation=decimation))
    info = camera.open()
    frame = read(camera)
    assert frame.camera == info.camera == camera_behind(camera_for(SMALL), decimation)
    assert frame.raw.shape == info.camera.shape
    # Of 2 x 2 values the SDK takes the second smallest: half a pixel aside on a ramp, the other way where it falls.
    half_a_pixel_m = 1.0 * 0.5 / camera_for(SMALL).fx
    assert abs(depth_at_x(frame, 1.0) - before_m) < (1.1 * half_a_pixel_m if decimation == 2 else 0.4 * half_a_pixel_m)


def test_the_intrinsics_of_a_decimated_stream_are_those_of_the_pixels_middles():
    behind = camera_behind(Camera(424, 240, 213.0, 213.0, 211.5, 119.5), 4)
    assert behind == Camera(108, 60, 53.25, 53.25, 52.5, 29.5)


def test_filters_smooth_and_fill_while_it_plays_and_go_again(camera: ReaderSource):
    camera.set_mode(SMALL)
    camera.open()
    rough = read(camera)

    def roughness(frame: DepthFrame) -> float:
        return float(np.diff(frame.raw[170:230].astype(float), axis=0).std())

    assert (rough.raw == 0).sum() == 40
    camera.set_filters(Filters(spatial=True, temporal=True, holes=True))
    for _ in range(6):  # those on their way, and some for the temporal filter
        smooth = read(camera)
    assert roughness(smooth) < 0.6 * roughness(rough)
    assert (smooth.raw == 0).sum() == 0
    assert smooth.camera == rough.camera
    state = state_after_read(camera)
    assert state.filters == Filters(spatial=True, temporal=True, holes=True)
    camera.set_filters(Filters())
    for _ in range(4):
        again = read(camera)
    assert (again.raw == 0).sum() == 40


def test_filters_by_their_words():
    assert parse_filters("decimation=2, spatial,temporal,holes") == Filters(2, True, True, True)
    assert parse_filters("") == Filters()


@pytest.mark.parametrize("text", ["decimation", "decimation=9", "decimation=x", "blur", "spatial=1"])
def test_words_that_are_no_filters_are_refused(text: str):
    with pytest.raises(ValueError, match=r"filters: expected|decimation: expected"):
        parse_filters(text)
