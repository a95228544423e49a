"""The real window under a virtual display, each time in a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.app.gui import xvfb
from tests.app.gui.play import LIMIT_S, ROOT, drive, pixels_of, report_of, view_pixels
from tests.app.viewer.pictures import what_is_shown


def seen_in_view(folder: Path, name: str):
    """What the 3D view's part of a saved screen shows."""
    return what_is_shown(view_pixels(folder, name))


@pytest.fixture(scope="module")
def tour(x_display, tmp_path_factory):
    """The folder and report of one long visit to the window, and how the process ended."""
    folder = tmp_path_factory.mktemp("tour")
    done = drive("tour", folder, x_display)
    assert (folder / "report.json").exists(), done.stderr
    return folder, report_of(folder), done


def test_closing_the_window_ends_the_process_cleanly(tour):
    _, report, done = tour
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    # They were running until the window was closed; that none is left is checked inside the process.
    assert {"camera", "tracking", "session"} <= set(report["threads"])


def test_the_view_is_embedded_and_shows_the_cloud_and_every_finger(tour):
    folder, report, _ = tour
    assert report["mode"] == "embed"
    shown = seen_in_view(folder, "tracking")
    assert shown.surface > 5000
    assert min(shown.fingers.values()) > 200, shown.fingers


def test_the_depth_image_shows_the_skeleton_too(tour):
    folder, report, _ = tour
    x, _, width, _ = report["tracking_view"]
    beside = what_is_shown(pixels_of(folder / "tracking.png")[60:460, x + width :])
    assert min(beside.fingers.values()) > 30, beside.fingers


def test_the_state_the_hand_and_the_figures_are_shown(tour):
    _, report, _ = tour
    assert report["pill"] == "Tracking"
    assert report["side"] == "Right hand"
    figures = report["figures"]
    assert figures["device"] == "Fake CPU"
    assert figures["dropped"].isdigit()
    assert figures["camera"].endswith("fps")
    assert figures["pose"].endswith("fps")
    assert figures["view"].endswith("fps")
    assert figures["latency"].endswith("ms")


def test_pause_stops_the_picture_and_play_goes_on(tour):
    _, report, _ = tour
    assert report["while_paused"] <= 1  # a frame may have been on its way
    assert report["after_pause"] == "Tracking"


def test_without_a_hand_the_window_says_so_and_draws_none(tour):
    folder, report, _ = tour
    assert report["side_without_hand"] == "No hand"
    shown = seen_in_view(folder, "no_hand")
    assert shown.surface > 5000
    assert max(shown.fingers.values()) < 60


def test_the_hand_side_reaches_the_tracker(tour):
    assert tour[1]["hands_built"] == ["auto", "left", "auto"]


def test_a_source_that_breaks_is_a_message_and_the_last_picture_stays_dimmed(tour):
    folder, report, _ = tour
    assert report["banner"] == "breaks.db3: it ends in the middle of a frame; record it again"
    assert not report["can_record"]
    assert report["banner_after_broken"] == ""
    bright, dim = (view_pixels(folder, name)[:250].max(axis=2) for name in ("tracking", "broken"))  # above the message
    assert dim.max() < 0.6 * bright.max()
    assert (dim > dim.min() + 8).sum() > 5000


def test_a_recording_plays_to_its_end_without_loop(tour):
    assert 1 <= tour[1]["at_end"] <= 12


@pytest.fixture(scope="module")
def painted(x_display, tmp_path_factory):
    """The folder of a visit to a window whose view is painted from pictures."""
    folder = tmp_path_factory.mktemp("painted")
    done = drive("mouse", folder, x_display, V2V_VIEWER="picture")
    assert done.returncode == 0, done.stderr
    return folder


def test_the_painted_view_shows_the_same(painted):
    assert report_of(painted)["mode"] == "picture"
    shown = seen_in_view(painted, "tracking")
    assert shown.surface > 5000
    assert min(shown.fingers.values()) > 200, shown.fingers


def test_the_mouse_turns_moves_and_zooms_the_painted_view(painted):
    views = {name: np.array(matrix) for name, matrix in report_of(painted)["views"].items()}
    assert np.abs(views["turned"][:3, :3] - views["start"][:3, :3]).max() > 0.05
    assert np.abs(views["moved"][:3, 3] - views["turned"][:3, 3]).max() > 0.005
    assert views["zoomed"][2, 3] < views["moved"][2, 3]
    np.testing.assert_allclose(views["reset"], views["start"], atol=1e-6)


def test_without_opengl_the_window_says_so_and_does_the_rest(plain_display, tmp_path):
    done = drive("without_opengl", tmp_path, plain_display)
    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path)
    assert report["mode"] == "off"
    assert "needs OpenGL" in report["said"] and "graphics driver" in report["said"]
    assert "wheel" not in report["said"]
    assert not any(report["of_the_view"]) and all(report["of_the_window"])
    assert not report["shows_cube"] and not report["asks_network"]
    assert report["exports"] == ["CSV", "JSON_LINES", "NPZ", "DEPTH_FILM"]


def test_a_source_of_the_command_line_that_fails_ends_the_process_with_one_line(x_display, tmp_path):
    done = drive("nothing", tmp_path, x_display, "missing")
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["missing: does not exist; name a recording or a folder"]


def test_a_display_that_does_not_answer_is_one_line_and_status_1(tmp_path):
    done = drive("nothing", tmp_path, ":987")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert ":987" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_control_c_and_being_told_to_end_close_the_window(x_display, tmp_path, number):
    command = [sys.executable, "-m", "tests.app.gui.drive", "wait", str(tmp_path)]
    process = subprocess.Popen(
        command, env=xvfb.environment(x_display), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline().strip() == "playing"
        os.kill(process.pid, number)
        _, errors = process.communicate(timeout=LIMIT_S)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert errors == ""


def test_the_screenshot_command_takes_the_readmes_picture(desk_display, tmp_path):
    target = tmp_path / "screenshot.png"
    command = [sys.executable, "-m", "tests.app.gui.screenshot", str(target), "--frames", "6"]
    done = subprocess.run(
        command,
        env=xvfb.environment(desk_display),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    picture = pixels_of(target)
    assert picture.shape == (760, 1280, 3)
    shown = what_is_shown(picture[110:710, 15:855])
    assert shown.surface > 5000
    assert min(shown.fingers.values()) > 200, shown.fingers
