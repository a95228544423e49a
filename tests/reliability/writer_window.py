"""The same disks in the real window: `python -m tests.reliability.writer_window FOLDER OUTPUT FAULT...`.

Run it by small_disk.ALONE on a display. Each fault gets a source of its own, which is recorded or exported as the
window's buttons do it; an .mp4 is the export of a whole file. FOLDER/report.json has what the window said.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from app.pipeline.file_export import depth_film
from app.settings import Options
from app.sources import make_source
from app.sources.base import Source
from tests.app.gui.drive import Condition, Player, play
from tests.app.sources.film import write_folder
from tests.reliability.small_disk import SmallDisk
from tests.reliability.stand_ins import services
from tests.reliability.steps import OUTPUTS
from tests.reliability.victim import PacedFilm
from tests.reliability.writer_victim import FAULTS, FIRST

AFTER = 30
"""So many more frames are written after the fault, where nothing ends it before."""
SECONDS = 60.0
FILM_FRAMES = 400
JOIN_S = 80.0
"""So long the export of the whole file may take on a busy machine."""


class Stage:
    """What the story and the session's sources share. shows_file: a file plays, so that it can be exported."""

    def __init__(self, folder: Path, output: str, faults: list[str]) -> None:
        self.folder, self.output, self.faults = folder, output, faults
        self.film = write_folder(folder / "film", FILM_FRAMES)
        self.options = Options(source="0", loop=False)

    def make_source(self, name: str) -> Source:
        return make_source(str(self.film), realtime=True) if self.output == ".mp4" else PacedFilm(SECONDS)

    def whole(self, name: str) -> Source:
        return make_source(str(self.film), realtime=False)


class Output:
    """One output of the window, switched on and off."""

    def __init__(self, stage: Stage, window, path: Path) -> None:  # noqa: ANN001
        self._stage, self._window, self._path = stage, window, path
        self._outputs = window.session.outputs
        self._file = None

    def start(self) -> None:
        if self._stage.output == ".mp4":
            self._file = self._outputs.export_file(self._window.session.view(), self._path, depth_film(Options()))
        elif self._stage.output in (".bag", ".db3", "folder"):
            self._outputs.start_recording(self._path)
        else:
            self._outputs.start_export(self._path)

    def stop(self) -> None:
        if self._file is not None:
            self._file.join(JOIN_S)
        self._outputs.stop_recording()
        self._outputs.stop_export()

    @property
    def status(self) -> tuple[int, str]:
        """Frames that were written, and the error."""
        if self._file is not None:
            return self._file.status.done, self._file.status.error
        view = self._window.session.view()
        status = view.recording if self._stage.output in (".bag", ".db3", "folder") else view.exporting
        return status.written, status.error


def story(stage: Stage):  # noqa: ANN201
    def faults(player: Player) -> Iterator[Condition]:
        found: list[dict[str, object]] = []
        player.notes["cells"] = found
        yield lambda: player.window is not None
        for number, fault in enumerate(stage.faults):
            before = player.window._generation if number else 0
            if number:
                player.window.open_source(str(number))
            yield lambda before=before: player.window._generation > before and player.window._sequence >= 2
            yield from one(player, stage, number, fault, found)
        player.window.close()

    return faults


def one(player: Player, stage: Stage, number: int, fault: str, found: list) -> Iterator[Condition]:
    window, folder = player.window, stage.folder / str(number)
    folder.mkdir()
    disk, (begin, happen) = SmallDisk(folder), FAULTS[fault]
    output = Output(stage, window, disk.outputs / OUTPUTS[stage.output])
    if begin == 0:
        happen(disk)
    output.start()
    start_s, written = time.monotonic(), 0
    if begin != 0:
        yield lambda: output.status[0] >= FIRST
        written = output.status[0]
        happen(disk)
    begin_s = time.monotonic()
    if begin is not None:
        yield lambda: output.status[1] != "" or output.status[0] >= FIRST + AFTER or time.monotonic() > start_s + 20
    told_s = time.monotonic() - begin_s
    output.stop()
    yield player.polls(3)
    said = output.status[1] or window.banner.text
    ended = "the output ends with a line" if output.status[1] else "goes on"
    disk.close()
    found.append({"fault": fault, "told": said, "ended": ended, "frames": written, "gap_s": round(told_s, 2)})


if __name__ == "__main__":
    place = Path(sys.argv[1])
    there = Stage(place, sys.argv[2], sys.argv[3:])
    raise SystemExit(play(story(there), place, there.options, services(there.make_source, there.whole)))
