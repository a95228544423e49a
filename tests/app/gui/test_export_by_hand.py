"""Exporting in the real window, with real mouse and key events."""

import json

import cv2
import pytest

from app.tracking.fit.follow import warm_up
from models.data.pose_csv import read_poses
from tests.app.gui.fakes import WHOLE_FILE
from tests.app.gui.play import drive, report_of

pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is not installed")


@pytest.fixture(scope="module")
def visit(desk_display, tmp_path_factory):
    """The folder and report of the story, played once."""
    warm_up()  # the export waits for the model of the hand, which a new checkout has to compile
    folder = tmp_path_factory.mktemp("exporting")
    done = drive("exporting", folder, desk_display)
    assert (folder / "report.json").exists(), done.stderr
    assert done.returncode == 0, done.stderr
    return folder, report_of(folder)


def test_a_whole_file_is_exported_in_the_background(visit):
    folder, report = visit
    assert report["progress"].startswith("Exporting whole.csv: ")
    assert report["whole"] == f"Exported {WHOLE_FILE} frames to {folder / 'whole.csv'}."
    assert list(read_poses(folder / "whole.csv")) == list(range(WHOLE_FILE))
    assert report["shown"] == str(folder / "whole.csv")


def test_a_cancelled_export_keeps_its_rows_and_says_how_many(visit):
    folder, report = visit
    rows = len(read_poses(folder / "cancelled.csv"))
    assert 0 < rows < WHOLE_FILE
    assert f"The first {rows} frames are in" in report["cancelled"]


def test_what_plays_is_exported_until_it_is_stopped(visit):
    folder, report = visit
    lines = (folder / "live.jsonl").read_text().splitlines()
    assert report["live.jsonl"].startswith(f"Exported {len(lines)} poses to ")
    assert all(json.loads(line)["verdict"] == "tracked" for line in lines)


@pytest.mark.parametrize("name", ["depth.mp4", "view.mp4", "whole.mp4"])
def test_films_play_and_show_something(visit, name):
    folder, _ = visit
    film = cv2.VideoCapture(str(folder / name))
    count = int(film.get(cv2.CAP_PROP_FRAME_COUNT))
    assert count == WHOLE_FILE if name == "whole.mp4" else count > 5
    film.set(cv2.CAP_PROP_POS_FRAMES, count - 1)
    more, picture = film.read()
    assert more
    assert picture.std() > 10
