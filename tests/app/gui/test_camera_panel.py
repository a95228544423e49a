"""The camera panel in the real window, steering the SDK's software device in the reader process."""

import pytest

from tests.app.gui.play import drive, report_of


@pytest.fixture(scope="module")
def visit(desk_display, tmp_path_factory):
    pytest.importorskip("pyrealsense2")
    folder = tmp_path_factory.mktemp("camera")
    done = drive("camera", folder, desk_display)
    assert (folder / "report.json").exists(), done.stderr
    assert done.returncode == 0, done.stderr
    return report_of(folder)


def test_the_panel_says_what_the_camera_is_and_what_it_can_do(visit):
    assert visit["about"] == "Software D435 · serial number 7301 · USB 3.2"
    assert visit["rows"] == ["visual_preset", "enable_auto_exposure", "exposure", "gain", "laser_power"]
    assert visit["modes"] == ["320 × 240, 30 fps", "640 × 480, 30 fps", "640 × 480, 60 fps"]


def test_without_a_camera_the_panel_says_so(visit):
    assert "no camera" in visit["no_camera"]
    assert visit["no_camera_again"] == visit["no_camera"]


def test_options_set_with_mouse_and_keys_reach_the_camera_and_outlive_another_opening(visit):
    assert visit["laser"] != 150
    assert visit["kept"] == {"laser_power": visit["laser"], "gain": 64, "enable_auto_exposure": 0}
    assert visit["filters"] == [True, False, True]


def test_another_stream_and_decimation_open_the_camera_again_with_intrinsics_to_match(visit):
    assert visit["reopened"] == 2
    fx, ppx, height, width = visit["decimated"]
    assert (height, width) == (120, 160)
    assert fx == pytest.approx(0.9 * 320 / 2)
    assert ppx == pytest.approx((320 / 2 - 3 - 0.5) / 2)


def test_the_range_that_is_searched_is_that_of_the_colours(visit):
    assert visit["legend"] == [0.3, 1.2]
