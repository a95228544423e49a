"""A film of what is shown now: complete when it is stopped, and a state where it cannot be written."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from app.pipeline.live_film import FPS, LiveFilm

pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is not installed")


def picture(shade: int) -> np.ndarray:
    return np.full((32, 48, 3), shade, np.uint8)


def test_a_film_lasts_as_long_as_its_pictures(tmp_path, wait_until):
    film, start_s = LiveFilm(tmp_path / "film.mp4"), time.monotonic()
    for number, shade in enumerate((20, 120, 220)):
        film.offer(lambda shade=shade: picture(shade), start_s + number)
        wait_until(lambda number=number: film.status.written == FPS * number + 1)
    status = film.stop()
    assert (status.path, status.closed, status.error) == (None, tmp_path / "film.mp4", "")
    assert cv2.VideoCapture(str(status.closed)).get(cv2.CAP_PROP_FRAME_COUNT) == status.written == 2 * FPS + 1


def test_a_film_of_nothing_is_no_file(tmp_path):
    status = LiveFilm(tmp_path / "film.mp4").stop()
    assert (status.closed, status.error) == (None, "")
    assert not list(tmp_path.iterdir())


def test_a_film_that_cannot_be_written_says_so(tmp_path, wait_until):
    (tmp_path / "file").touch()
    film = LiveFilm(tmp_path / "file" / "film.mp4")
    film.offer(lambda: picture(20), time.monotonic())
    wait_until(lambda: film.status.error)
    film.offer(lambda: picture(20), time.monotonic())
    assert "film.mp4" in film.stop().error
    assert film.status.path is None
