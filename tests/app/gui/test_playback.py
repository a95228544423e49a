"""The playback bar as a person uses it, with real mouse and key events."""

import subprocess
import sys

import pytest

from tests.app.gui import xvfb
from tests.app.gui.play import LIMIT_S, ROOT, drive, report_of
from tests.app.gui.playback_stories import COUNT
from tests.app.test_same_frames import write_folder


@pytest.fixture(scope="module")
def report(desk_display, tmp_path_factory):
    folder = tmp_path_factory.mktemp("playback")
    done = drive("playback", folder, desk_display)
    assert done.returncode == 0, done.stderr
    return report_of(folder)


def test_keys_step_jump_and_go_to_both_ends(report):
    assert report["by_key"] == ["period", "period", "comma", "Right", "Left", "End", "Home"]


def test_a_drag_shows_each_frame_under_the_mouse_also_beyond_both_ends(report):
    state, frame, time = report["after_drag"]
    assert (state, frame, time) == ("Paused", f"44 / {COUNT - 1}", "0:01.4 / 0:01.9")


def test_the_speeds_open_within_the_window(report):
    assert report["menu_inside"]


def test_what_played_plays_on_after_a_drag(report):
    assert report["plays_on"]


def test_a_marked_part_is_looped_until_it_is_unmarked(report):
    assert set(report["in_part"]) <= set(range(10, 15))
    assert len(set(report["in_part"])) > 1
    assert report["left_part"]


def test_live_sources_have_no_bar_and_its_keys_do_nothing(report):
    assert report["hidden_before"]
    assert report["hidden_for_a_camera"] == [True, False]


def test_seeking_at_the_end_while_recording_past_the_ends_and_while_closing(desk_display, tmp_path):
    done = drive("rough", tmp_path, desk_display)
    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path)
    assert report["same_source"]
    assert report["recorded"] == [3, "", True]


@pytest.mark.parametrize("scale", ["1", "2"])
def test_nothing_of_the_bar_is_cut_off_and_the_help_lists_its_keys(desk_display, tmp_path, scale):
    done = drive("bar_sizes", tmp_path, desk_display, QT_SCALE_FACTOR=scale)
    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path)
    assert not any(report["clipped"].values()), report["clipped"]
    assert {",", ".", "Left", "Home", "[", "Backspace", "-", "+"} <= set(report["help"])


def test_sought_frames_are_those_asked_for_with_the_pose_that_they_have_in_sequence(desk_display, tmp_path):
    write_folder(tmp_path / "film")
    command = [sys.executable, "-m", "tests.app.gui.seeks", str(tmp_path / "film"), "--count", "12"]
    env = {**xvfb.environment(desk_display), "V2V_VIEWER": "off"}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr
    said = dict(line.rsplit(": ", 1) for line in done.stdout.splitlines())
    assert said["frames other than asked for"] == "0"
    assert float(said["greatest difference of a played frame's pose from sequence"].removesuffix(" mm")) < 0.01
    assert {"seeks", "steps", "seeks to frames not played"} <= set(said)
