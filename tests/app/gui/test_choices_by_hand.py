"""Choices in menus and lists of the real window, with real mouse and key events."""

from pathlib import Path

import numpy as np
import pytest

from app.tracking.fit.person import keep_shape
from tests.app.gui.play import drive, pixels_of, report_of, view_pixels
from tests.app.viewer.pictures import what_is_shown


def visit(story: str, folder: Path, display: str) -> dict:
    done = drive(story, folder, display)
    assert (folder / "report.json").exists(), done.stderr
    assert done.returncode == 0, done.stderr
    return report_of(folder)


def blue(pixels: np.ndarray) -> int:
    """How many pixels are as blue as the simulated shirt."""
    red, _, value = np.moveaxis(pixels.astype(int), 2, 0)
    return int(((value > red + 45) & (value > 80)).sum())


def skin(pixels: np.ndarray) -> int:
    """How many pixels are of the simulated skin, which no depth is drawn in."""
    red, green, value = np.moveaxis(pixels.astype(int), 2, 0)
    return int(((red > 120) & (red > value + 45) & (green > value + 10)).sum())


def test_the_colours_of_the_camera_are_shown_while_they_are_wanted(desk_display, tmp_path):
    pytest.importorskip("pyrealsense2")
    report = visit("colors", tmp_path, desk_display)
    assert not report["offered_for_recording"]
    assert report["at_first"]
    assert blue(view_pixels(tmp_path, "view")) > 2 * blue(view_pixels(tmp_path, "plain")) + 1000
    assert "colour" not in report["hint"]
    assert report["menu_knows"]
    x, y, width, _ = report["view_view"]
    beside = (slice(y, None), slice(x + width + 20, None))  # the panels at the right
    assert skin(pixels_of(tmp_path / "both.png")[beside]) > skin(pixels_of(tmp_path / "view.png")[beside]) + 1000
    assert report["picker_hidden"]


def test_the_colours_of_a_recording_are_shown_while_it_plays_and_while_it_stands(desk_display, tmp_path):
    pytest.importorskip("pyrealsense2")
    report = visit("recorded_colors", tmp_path, desk_display)
    assert not report["at_first"]
    assert blue(view_pixels(tmp_path, "view")) > 2 * blue(view_pixels(tmp_path, "plain")) + 1000
    assert report["places"][0] == report["places"][1]
    assert report["pill"] == "Paused"
    assert report["same_source"]


def test_letters_and_arrows_go_to_the_list_that_has_the_keyboard(desk_display, tmp_path):
    report = visit("typing", tmp_path, desk_display)
    assert report["cell"] == [3, 4]  # End goes to the last column
    assert [name.split()[0] for name in report["joints"]] == ["little", "ring", "middle"]
    assert report["near_m"] == 0.23
    assert report["switches"][0] == report["switches"][1]
    assert report["hand_as"] and report["focus"]
    assert report["pill"] == "Tracking"


def test_what_the_network_sees_goes_with_the_network(desk_display, tmp_path):
    report = visit("network", tmp_path, desk_display)
    assert report["looks_with"] == "own.onnx"
    assert "Model missing" in report["banner"]
    assert (report["model"], report["marked"]) == ("full", ["full"])
    assert report["pill"] == "Tracking"


def test_a_person_is_chosen_and_remembered(desk_display, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    keep_shape("anna", np.zeros(34))
    report = visit("person", tmp_path, desk_display)
    assert "b c is no name" in report["asked_again"]
    assert report["people"] == {"None": False, "anna": False, "bert (not learned yet)": True, "New…": False}
    assert (report["generation"], report["pill"]) == (1, "Tracking")  # what plays goes on
    (tmp_path / "report.json").unlink()
    assert visit("person", tmp_path, desk_display)["at_first"] == "bert"


def test_a_picture_of_the_window_is_saved_as_it_looks(desk_display, tmp_path):
    report = visit("picture", tmp_path, desk_display)
    assert report["proposal"].endswith(".png")
    assert report["said"] == f"Saved the picture to {tmp_path / 'taken.png'}."
    assert report["is_file"]
    pixels = pixels_of(tmp_path / "taken.png")
    assert [pixels.shape[1], pixels.shape[0]] == report["window"]
    x, y, width, height = report["view"]
    assert min(what_is_shown(pixels[y : y + height, x : x + width]).fingers.values()) > 20


def test_a_hand_is_whole_at_the_first_start_and_so_are_two_where_there_is_room(desk_display, tmp_path):
    report = visit("whole_hands", tmp_path, desk_display)
    assert report["one"] and report["two"]
    assert report["image_px"] > 150
    assert report["small_image_px"] > 80
