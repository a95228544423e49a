"""Films: what is in the file, and what becomes of one that cannot be written."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.errors import ExportError
from app.run.film import FilmWriter, _plays, fitted

pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is not installed")

COLORS = [(200, 40, 40), (40, 200, 40), (40, 40, 200)]


def plain(color: tuple[int, int, int], height: int = 48, width: int = 64) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


def frames_of(path) -> list[np.ndarray]:
    """Every picture (H, W, 3) of a film, RGB."""
    film, found = cv2.VideoCapture(str(path)), []
    while True:
        more, picture = film.read()
        if not more:
            return found
        found.append(picture[..., ::-1])


def write(path, pictures, fps: float = 30.0) -> None:
    film = FilmWriter(path, fps)
    for picture in pictures:
        film.add(picture)
    film.close()
    film.close()


def test_a_film_holds_every_picture_in_its_colours(tmp_path):
    path = tmp_path / "film.mp4"
    write(path, [plain(color) for color in COLORS], fps=25.0)
    frames = frames_of(path)
    assert len(frames) == len(COLORS)
    for frame, color in zip(frames, COLORS):
        assert frame.shape == (48, 64, 3)
        np.testing.assert_allclose(frame.mean(axis=(0, 1)), color, atol=8)
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS) == 25.0


def test_pictures_of_other_and_of_odd_sizes_keep_the_films_size(tmp_path):
    path = tmp_path / "film.mp4"
    write(path, [plain(COLORS[0], 49, 65), plain(COLORS[1], 49, 65), plain(COLORS[2], 96, 65)])
    assert {frame.shape for frame in frames_of(path)} == {(48, 64, 3)}
    narrow = fitted(plain(COLORS[2], 96, 64), (48, 64))
    assert not narrow[:, :15].any()
    assert not narrow[:, 49:].any()
    np.testing.assert_array_equal(narrow[:, 17:47], plain(COLORS[2], 48, 30))


def test_a_film_keeps_time_where_pictures_come_slowly(tmp_path):
    path = tmp_path / "film.mp4"
    film = FilmWriter(path, 10.0)
    for time_s, color in zip((0.0, 0.5, 0.52), COLORS):
        film.add_at(plain(color), time_s)
    film.close()
    assert film.written == 6
    assert len(frames_of(path)) == 6


def test_a_film_without_pictures_is_no_file(tmp_path):
    write(tmp_path / "film.mp4", [])
    assert not list(tmp_path.iterdir())


def test_a_film_has_its_name_only_when_it_is_whole(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"an older one")
    film = FilmWriter(path, 30.0)
    film.add(plain(COLORS[0]))
    assert path.read_bytes() == b"an older one"
    film.close()
    assert len(frames_of(path)) == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["file/film.mp4", "link.mp4"])
def test_a_place_that_takes_no_film_is_one_line(tmp_path, place):
    (tmp_path / "file").touch()
    (tmp_path / "link.mp4").symlink_to(tmp_path / "file")
    with pytest.raises(ExportError, match=place.partition("/")[2] or place) as caught:
        write(tmp_path / place, [plain(COLORS[0])])
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link.mp4"]


def test_an_encoder_that_ends_is_one_line_and_leaves_nothing(tmp_path):
    film = FilmWriter(tmp_path / "film.mp4", 30.0)
    film.add(plain(COLORS[0]))
    film._encoder.kill()
    film._encoder.wait()
    with pytest.raises(ExportError, match="choose another file"):
        film.add(np.zeros((480, 640, 3), np.uint8))
    assert not list(tmp_path.iterdir())
    film.close()


def test_a_film_that_breaks_off_keeps_what_was_filmed(tmp_path):
    """As on a full disk, which ends the encoder."""
    film = FilmWriter(tmp_path / "film.mp4", 30.0)
    while not _plays(film._part):
        film.add(plain(COLORS[film.written % 3], 240, 320))
    film._encoder.kill()
    film._encoder.wait()
    with pytest.raises(ExportError) as caught:
        film.add(plain(COLORS[0], 240, 320))
    (part,) = tmp_path.iterdir()
    assert f"what was filmed until then is in {part.name}" in str(caught.value)
    assert frames_of(part)[0].shape == (240, 320, 3)


def test_a_film_that_is_moved_meanwhile_ends_with_a_line(tmp_path):
    folder = tmp_path / "films"
    film = FilmWriter(folder / "film.mp4", 30.0)
    film.add(plain(COLORS[0]))
    folder.rename(tmp_path / "moved")
    with pytest.raises(ExportError, match="moved while it was written"):
        film.add(plain(COLORS[0]))
