"""The colours of a camera, tried on the SDK's software device in the reader process, and of the simulated camera."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from app.errors import SourceError
from app.settings import Filters
from app.sources import make_source
from app.sources.camera_color import choose_color_mode
from app.sources.camera_settings import ColorStream, DepthMode
from app.sources.reader import ReaderSource
from app.sources.simulated_color import SKIN
from models.core.camera import deproject, project
from models.core.types import Camera, DepthFrame
from tests.app.sources.film import read

pytest.importorskip("pyrealsense2")
from tests.app.sources.software_camera import (  # noqa: E402  needs the SDK
    COLOR_M,
    LATE,
    MODES,
    color_camera_for,
)

WIDE = DepthMode(640, 360, 30)


@pytest.fixture
def camera(request: pytest.FixtureRequest) -> Iterator[ReaderSource]:
    kind = getattr(request, "param", "works")
    source = ReaderSource("tests.app.sources.software_camera:color_camera", (kind,), SourceError)
    yield source
    source.close()


def state_of(source: ReaderSource) -> ColorStream:
    state = source.state()
    assert state is not None
    return state.color


def colored(source: ReaderSource) -> DepthFrame:
    """The next frame that has colours."""
    return next(frame for frame in iter(lambda: read(source), None) if frame.color is not None)


def expected_places(frame: DepthFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where (N, 2) in the colour picture of `WIDE` each pixel (v, u) of a frame that has depth is."""
    v, u = np.nonzero(frame.raw)
    points = deproject(np.stack([u, v], axis=1).astype(float), frame.raw[v, u] * frame.depth_units, frame.camera)
    return v, u, project(points + [COLOR_M, 0, 0], color_camera_for(WIDE))


def assert_colors_are_of_the_same_points(frame: DepthFrame, within_px: float) -> None:
    """within_px: of the colour picture; a level of its colours is three of its pixels."""
    assert frame.color is not None and frame.color.shape == (*frame.camera.shape, 3)
    v, u, uv = expected_places(frame)
    inside = ((uv > 3) & (uv < [WIDE.width - 4, WIDE.height - 4])).all(axis=1)
    assert inside.sum() > 0.4 * frame.raw.size
    told = (frame.color[v, u, :2].astype(float) - 55) / 200 * [WIDE.width - 1, WIDE.height - 1]
    assert (np.percentile(np.abs(told - uv)[inside], 99, axis=0) < within_px).all()
    outside = ((uv < -2) | (uv > [WIDE.width + 1, WIDE.height + 1])).any(axis=1)
    assert outside.any() and not frame.color[v, u][outside].any()


def test_the_colour_stream_is_as_fast_as_depth_and_of_about_its_size():
    modes = [DepthMode(1920, 1080, 30), DepthMode(640, 480, 30), DepthMode(640, 480, 60), DepthMode(424, 240, 15)]
    assert choose_color_mode(modes, DepthMode(848, 480, 30)) == DepthMode(640, 480, 30)
    assert choose_color_mode(modes, DepthMode(640, 480, 90)) == DepthMode(640, 480, 60)
    assert choose_color_mode([], DepthMode(640, 480, 30)) is None


def test_colours_are_off_until_they_are_wanted(camera: ReaderSource):
    camera.open()
    assert read(camera).color is None
    assert state_of(camera) is ColorStream.OFF
    camera.set_color(True)
    assert read(camera).color is None  # until it is opened again
    camera.open()
    assert colored(camera).color is not None
    assert state_of(camera) is ColorStream.ON
    camera.set_color(False)
    camera.open()
    assert read(camera).color is None
    assert state_of(camera) is ColorStream.OFF


def test_each_depth_pixel_has_the_colour_of_its_own_point(camera: ReaderSource):
    camera.set_color(True)
    camera.open()
    assert_colors_are_of_the_same_points(colored(camera), within_px=4)


def test_colours_fit_behind_filters_that_change_the_size(camera: ReaderSource):
    camera.set_color(True)
    camera.set_filters(Filters(decimation=2, spatial=True, holes=True))
    camera.open()
    frame = colored(camera)
    assert frame.camera.width == MODES[1].width // 2
    assert_colors_are_of_the_same_points(frame, within_px=6)


def test_depth_is_the_same_with_colours_and_without(camera: ReaderSource):
    camera.open()
    plain = read(camera)
    camera.set_color(True)
    camera.open()
    frame = colored(camera)
    half = plain.camera.height // 2  # above it, the film has no noise
    np.testing.assert_array_equal(frame.raw[:half], plain.raw[:half])
    assert frame.camera == plain.camera


@pytest.mark.parametrize("camera", ["late"], indirect=True)
def test_depth_does_not_wait_for_colours(camera: ReaderSource):
    camera.set_color(True)
    camera.open()
    first = read(camera)
    assert first.frame_id < LATE and first.color is None
    assert colored(camera).frame_id >= LATE


@pytest.mark.parametrize("camera", ["refused"], indirect=True)
def test_a_camera_that_cannot_do_both_gives_depth_and_says_so(camera: ReaderSource):
    camera.set_color(True)
    camera.open()
    assert read(camera).color is None
    state = camera.state()
    assert state is not None
    assert state.color is ColorStream.REFUSED
    assert "No colour beside this depth stream: Couldn't resolve requests" in state.problem


@pytest.mark.parametrize("camera", [""], indirect=True)
def test_a_camera_without_colours_is_as_it_was(camera: ReaderSource):
    camera.set_color(True)
    camera.open()
    assert read(camera).color is None
    assert state_of(camera) is ColorStream.NONE


def test_the_simulated_camera_has_colours_where_it_is_asked_for_them():
    plain, source = (make_source(spec, realtime=False) for spec in ("simulate", "simulate:color"))
    for each, expected in ((plain, ColorStream.NONE), (source, ColorStream.ON)):
        each.set_color(True)
        with each:
            frame = read(each)
            state = each.state()
            assert state is not None and state.color is expected
            assert (frame.color is None) == (expected is ColorStream.NONE)
    assert frame.color is not None
    assert (frame.color[frame.raw == 0] == 0).all()
    nearest = frame.raw == frame.raw[frame.raw > 0].min()
    hue = frame.color[nearest][0] / frame.color[nearest][0].max()
    np.testing.assert_allclose(hue, SKIN / SKIN.max(), atol=0.03)
    behind_m = (frame.raw.astype(int) - frame.raw[frame.raw > 0].min()) * frame.depth_units
    body = frame.color[(behind_m > 0.3) & (behind_m < 0.6)].astype(int)
    assert len(body) > 100 and (body[:, 2] > body[:, 0]).mean() > 0.95  # blue, unlike skin and wall


def test_a_frame_refuses_colours_of_another_size():
    raw = np.ones((4, 6), np.uint16)
    camera = Camera(6, 4, 5.0, 5.0, 2.5, 1.5)
    given = np.zeros((4, 6, 3), np.uint8)
    frame = DepthFrame(raw, 0.001, camera, 0, 0.0, 0.0, color=given)
    given[:] = 7
    assert frame.color is not None and not frame.color.any() and not frame.color.flags.writeable
    with pytest.raises(ValueError, match="colours of a depth frame"):
        DepthFrame(raw, 0.001, camera, 0, 0.0, 0.0, color=np.zeros((6, 4, 3), np.uint8))
