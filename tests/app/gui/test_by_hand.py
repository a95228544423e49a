"""The window as a person uses it, with real mouse and key events: keys, recording, wrong files, sizes, what is kept."""

import numpy as np
import pytest

from app.gui.colors import DARK
from tests.app.gui.play import drive, pixels_of, report_of
from tests.app.gui.stories import STORIES


@pytest.fixture(scope="module")
def visit(desk_display, tmp_path_factory):
    """`visit(story)`: the folder and report of that story, played once."""
    reports: dict[str, tuple] = {}

    def play(story: str) -> tuple:
        if story not in reports:
            folder = tmp_path_factory.mktemp(STORIES[story].__name__)
            done = drive(story, folder, desk_display)
            assert (folder / "report.json").exists(), done.stderr
            assert done.returncode == 0, done.stderr
            reports[story] = folder, report_of(folder)
        return reports[story]

    return play


def test_every_stop_of_the_tab_key_shows_that_it_has_the_keyboard(visit):
    rings = visit("keyboard")[1]["rings"]
    assert len(rings) >= 8
    assert min(rings.values()) > 50, rings


def test_space_and_enter_press_the_button_that_has_the_keyboard(visit):
    report = visit("keyboard")[1]
    assert (report["smooth_after_space"], report["smooth_after_Return"]) == (False, True)
    assert report["pill"] == "Tracking"  # Space did not pause


def test_the_source_menu_opens_by_key_and_within_the_window(visit):
    report = visit("keyboard")[1]
    assert report["menu_left"] >= 0
    assert report["menu_has_choice"]


def test_help_lists_every_key_that_the_menus_show(visit):
    texts = visit("keyboard")[1]["help"]
    assert {"Space", "Ctrl+O", "F1", "F11", "Ctrl+R"} <= set(texts)
    assert texts[texts.index("Ctrl+R") + 1] == "Record to a file"


def test_a_camera_cannot_be_looped(visit):
    assert visit("keyboard")[1]["loop_of_a_camera"] is False


def test_a_recording_that_waits_for_frames_says_so_and_leaves_no_file(visit):
    report = visit("recording")[1]
    assert report["waiting"] == "Recording waits for frames"
    assert report["nothing"].startswith("Nothing was recorded")
    assert not report["file_of_nothing"]


def test_a_running_recording_shows_its_time_size_and_room(visit):
    assert " free" in visit("recording")[1]["running"]


def test_a_recording_that_ends_with_its_source_says_what_it_holds_and_plays(visit):
    folder, report = visit("recording")
    assert str(folder / "take.bag") in report["switched"]
    assert "ended with its source" in report["switched"]
    assert report["file"]
    assert report["played"]


def test_what_was_done_is_said_without_moving_the_view_and_goes_by_itself(visit):
    report = visit("recording")[1]
    assert "ended with its source" not in report["stopped"]
    assert report["moved_by"] == 0
    assert report["went"]


@pytest.mark.parametrize("source", ["broken", "missing"])
def test_a_wrong_file_is_a_message_beside_what_goes_on_playing(visit, source):
    report = visit("refused")[1]
    assert report[source].startswith(source)
    assert report[source].endswith("Animated hand stays open.")
    assert report[f"pill_beside_{source}"] == "Tracking"
    assert report[f"closed_{source}"]
    assert report["source"] == "Animated hand"


def test_the_message_is_seen_over_the_3d_view(visit):
    folder, report = visit("refused")
    x, y = (round(value) for value in report["message_at"])
    ground = pixels_of(folder / "refused.png")[y - 12 : y + 12, x - 200 : x + 200].reshape(-1, 3)
    color = DARK.warn_ground
    expected = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    assert (np.abs(ground.astype(int) - expected).max(axis=1) < 3).mean() > 0.5


def test_icons_of_the_file_dialog_are_no_dots(visit):
    icons = visit("chooser")[1]["icons"]
    assert len(icons) >= 6
    assert min(icons.values()) >= 6, icons


@pytest.mark.parametrize(("scale", "count"), [("1", 3), ("1.5", 1), ("2", 1)])
def test_the_window_fits_its_screen_and_nothing_is_cut_off(desk_display, tmp_path, scale, count):
    done = drive("sizes", tmp_path, desk_display, QT_SCALE_FACTOR=scale)
    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path)
    assert report["fits"]
    assert len(report["clipped"]) == count
    assert not any(report["clipped"].values()), report["clipped"]


def test_size_and_switches_are_as_they_were_left(desk_display, tmp_path):
    config = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    opened = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        done = drive("settings", folder, desk_display, **config)
        assert done.returncode == 0, done.stderr
        opened.append(report_of(folder)["opened"])
    assert opened[0]["loop"] and opened[0]["smooth"] and opened[0]["follow"]
    assert not opened[0]["angles"] and opened[1].pop("angles")
    assert opened[1] == {"size": [1100, 700], "loop": False, "smooth": False, "follow": False, "recent": []}
