"""Films: pictures to an MP4 file, encoded by the ffmpeg that imageio-ffmpeg brings."""

from __future__ import annotations

import re
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.errors import ExportError
from models.outputs import OutputError, part_path, take_place

Picture = NDArray[np.uint8]
FILM_SUFFIX = ".mp4"
_SPARING = ["-preset", "veryfast"]
"""Tracking goes on beside the encoder, on the same processor."""
_RECOVERABLE = ["-movflags", "hybrid_fragmented", "-frag_duration", "500000"]
"""What was encoded until half a second ago plays however the film ends; a finished one is like any other."""
_PREFIX = re.compile(r"^\[[^]]*\] ")
"""What the encoder says first: which of its parts speaks."""


class FilmWriter:
    """Writes a film (H.264) of the first picture's size. One thread at a time; `close` may be called twice.

    The file gets its name when it is whole: `close` moves it into place. Without a picture there is no file. Where it
    breaks off, what there is of it stays beside its place, as NAME.part-RANDOM.mp4, and the error says so.
    Opening, `add` and `close` raise ExportError with one line.
    """

    def __init__(self, path: Path, fps: float) -> None:
        if not fps > 0:
            raise ValueError(f"fps: expected a rate above zero, got {fps}")
        _encoder()  # where it is missing, that is said before anything is tracked
        self._path, self._fps = path, fps
        self._part = part_path(path)
        self._size: tuple[int, int] | None = None
        self._encoder: subprocess.Popen[bytes] | None = None
        self.written = 0

    def add(self, picture: Picture) -> None:
        """Append an (H, W, 3) uint8 RGB picture; one of another size is fitted into the first one's."""
        if self._size is None:
            self._size = (picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2)  # what the colour format takes
        try:
            if self._encoder is None:
                self._encoder = self._open(self._size)
            assert self._encoder.stdin is not None
            self._encoder.stdin.write(fitted(picture, self._size).tobytes())
            if not self._part.exists():  # the encoder goes on with an open file
                raise OSError("it was removed or moved while it was written")
        except (OSError, ValueError) as error:
            raise self._given_up(error) from None
        self.written += 1

    def add_at(self, picture: Picture, time_s: float) -> None:
        """Show this picture from `time_s` on, seconds from the beginning: the one before is repeated until then."""
        missing = round(time_s * self._fps) + 1 - self.written
        for _ in range(missing):
            self.add(picture)

    def close(self) -> None:
        encoder, self._encoder = self._encoder, None
        if encoder is None:
            return
        try:
            _, said = encoder.communicate()  # waits until it is done
            if encoder.returncode:
                raise OSError(said.decode(errors="replace"))
            take_place(self._part, self._path)
        except (OSError, OutputError) as error:
            raise self._given_up(error) from None

    def _open(self, size: tuple[int, int]) -> subprocess.Popen[bytes]:
        self._part.parent.mkdir(parents=True, exist_ok=True)
        with self._part.open("xb"):
            pass  # a place that takes no file is said as such, and not in the encoder's words
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[1]}x{size[0]}", "-r", f"{self._fps:g}", "-i", "-"]
        coded = ["-an", "-c:v", "libx264", "-pix_fmt", "yuv420p", *_SPARING]
        safe = _RECOVERABLE if _is_recoverable() else []
        # Not imageio-ffmpeg's own pipe: it forks, which hangs where another thread multiplies matrices meanwhile. A
        # session of its own, so that Ctrl+C ends the program and not the encoder.
        return subprocess.Popen(
            [_encoder().get_ffmpeg_exe(), "-y", "-v", "error", *raw, *coded, *safe, str(self._part)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def _given_up(self, error: Exception) -> ExportError:
        """End the encoder; what to tell the user. It knows better than the broken pipe to it what is wrong."""
        encoder, self._encoder = self._encoder, None
        said = b""
        if encoder is not None:
            encoder.kill()
            said = encoder.communicate()[1]
        if isinstance(error, OutputError):
            reason = str(error)
        else:
            words = said.decode(errors="replace").strip() or getattr(error, "strerror", None) or str(error).strip()
            reason = _PREFIX.sub("", words.partition("\n")[0]) or "the encoder ended"
        kept = ""
        if _plays(self._part):
            kept = f"; what was filmed until then is in {self._part.name}"
        else:
            with suppress(OSError):  # it was not even made
                self._part.unlink()
        return ExportError(f"the film cannot be written to {self._path}: {reason}; choose another file{kept}")


def _plays(part: Path) -> bool:
    """Does a film that broke off hold a fragment?"""
    try:
        with part.open("rb") as file:
            return b"moof" in file.read(1 << 16)
    except OSError:
        return False


@cache
def _is_recoverable() -> bool:
    """Does the encoder know how? One of the system's own, which stands in where there is no wheel, may be too old."""
    known = subprocess.run(
        [_encoder().get_ffmpeg_exe(), "-v", "error", "-h", "muxer=mp4"], capture_output=True, check=False
    )
    return b"hybrid_fragmented" in known.stdout


def fitted(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture (H, W, 3) scaled into `size` (height, width), its shape kept, black around it."""
    if picture.shape[:2] == size:
        return picture
    if all(0 <= have - want <= 1 for have, want in zip(picture.shape, size)):
        return np.ascontiguousarray(picture[: size[0], : size[1]])
    scale = min(size[0] / picture.shape[0], size[1] / picture.shape[1])
    height, width = (max(round(side * scale), 1) for side in picture.shape[:2])
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    whole = np.zeros((*size, 3), np.uint8)
    whole[top : top + height, left : left + width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return whole


def _encoder() -> Any:
    """The module; ExportError where it is not installed."""
    try:
        import imageio_ffmpeg
    except ImportError:
        raise ExportError("films need imageio-ffmpeg; install it with: pip install imageio-ffmpeg") from None
    return imageio_ffmpeg
