"""A run that is killed: `python -m tests.reliability.victim FOLDER RECORD EXPORT SECONDS [jpeg]`.

It writes every kind of output from a source of 30 frames a second, and says "NUMBER TIME" once a frame is in all of
them (monotonic seconds), "closing" after the last one, "end" once all are closed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.pipeline.file_export import rgb
from app.run.film import FilmWriter
from app.run.headless import run_headless
from app.run.preview import preview_picture
from app.settings import Options
from app.sources.base import EndOfStream, Source, SourceInfo
from models.core.types import DepthFrame
from tests.app.fakes import FakeTracker
from tests.app.sources.film import CAMERA, FPS, image

UNITS_M = 0.001


class PacedFilm(Source):
    """The film of tests.app.sources.film as a camera: a frame every 1/FPS s for so long. at_end: is called then."""

    def __init__(self, seconds: float, at_end: Callable[[], None] = lambda: None) -> None:
        self._seconds, self._at_end = seconds, at_end
        self._start_s = 0.0
        self._number = 0

    def open(self) -> SourceInfo:
        self._start_s = time.monotonic()
        return SourceInfo("camera", "Paced film", True, FPS, CAMERA, UNITS_M)

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        due_s = self._start_s + self._number / FPS
        if due_s > self._start_s + self._seconds:
            self._at_end()
            raise EndOfStream
        time.sleep(max(0.0, due_s - time.monotonic()))
        number, self._number = self._number, self._number + 1
        return DepthFrame(image(number), UNITS_M, CAMERA, number, 1000 * number / FPS, time.monotonic())

    def close(self) -> None:
        pass


def main(folder: Path, record: str, export: str, seconds: float) -> None:
    said = os.fdopen(os.dup(1), "w")
    film = FilmWriter(folder / "film.mp4", FPS)

    def filmed(frame: DepthFrame, result: object, note: str) -> None:
        film.add(rgb(preview_picture(frame, result, 0.2, 1.0)))  # type: ignore[arg-type]

    def told(frame: DepthFrame, result: object, note: str) -> None:
        print(frame.frame_id, time.monotonic(), file=said, flush=True)

    options = Options(
        source="camera",
        headless=True,
        record=folder / record,
        export=folder / export,
        preview=folder / "pictures",
        json=folder / "run.json",
        angles=folder / "angles.html",
        overwrite=True,
    )
    print("ready", file=said, flush=True)
    source = PacedFilm(seconds, lambda: print("closing", file=said, flush=True))
    run_headless(options, source, FakeTracker(), "fake", also=[filmed, told], shows_progress=False)
    film.close()
    print("end", file=said, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4]))
