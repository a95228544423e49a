"""The faults in the real window: `python -m tests.reliability.fault_window FOLDER CELL...`, a cell being FAULT|KIND.

Every cell is another source that the window is asked to open; meanwhile it records and exports. What the window said
and how long its picture stood still goes to FOLDER/report.json, as the fields of a `Cell`.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from app.pipeline import Phase
from app.settings import Options
from app.sources.base import Source
from tests.app.gui.drive import Condition, Player, play
from tests.reliability.faults import Cell, check_files
from tests.reliability.faulty import FAULTS, faulty, write_films
from tests.reliability.stand_ins import services

WATCHED_S = 4.0
"""So long a cell is watched after its fault began; longer while nothing new comes, but no longer than LONGEST_S."""
LONGEST_S = {"camera": 30.0}
USUAL_LONGEST_S = 12.0
AGAIN = 15
"""Results after which a source is taken for recovered."""


SECONDS = re.compile(r"[0-9]+ s|try [0-9]+")
"""What of a text changes all the time."""


class Stage:
    """What the story and the session's sources share."""

    def __init__(self, folder: Path, cells: list[tuple[str, str]]) -> None:
        self.folder, self.cells = folder, cells
        self.films = write_films(folder / "films")

    def mark(self, number: int) -> Path:
        return self.folder / f"mark{number}"

    def make_source(self, name: str) -> Source:
        number = int(name.partition(":")[2])
        fault, kind = self.cells[number]
        return faulty(kind, self.films[kind], True, fault, self.mark(number))


def story(stage: Stage):  # noqa: ANN201
    def cells(player: Player) -> Iterator[Condition]:
        found: list[dict[str, object]] = []
        player.notes["cells"] = found
        yield lambda: player.window is not None
        for number, (fault, kind) in enumerate(stage.cells):
            cell = Cell(fault, kind, "window")
            yield from one(player, stage, number, cell)
            found.append(asdict(cell))
        player.window.close()

    return cells


def one(player: Player, stage: Stage, number: int, cell: Cell) -> Iterator[Condition]:
    """One cell: open it, record, watch, stop."""
    window, mark = player.window, stage.mark(number)
    asked_s, before = time.monotonic(), window._generation if number else 0
    if number:
        window.open_source(f"cell:{number}")
    yield lambda: window._generation > before and window._sequence >= 2
    opened_s = time.monotonic() - asked_s
    session = window.session
    recording, poses = stage.folder / f"out{number}.bag", stage.folder / f"out{number}.csv"
    session.outputs.start_recording(recording)
    session.outputs.start_export(poses)
    yield lambda: mark.exists() and "\n" in mark.read_text()
    begin_s = float(mark.read_text().split()[1])
    watch = Watch(window, begin_s, LONGEST_S.get(cell.kind, USUAL_LONGEST_S))
    yield watch.is_over
    session.outputs.stop_recording()
    session.outputs.stop_export()
    yield player.polls(3)
    cell.told, cell.gap_s, cell.ended = watch.told(), watch.gap_s, watch.ended()
    cell.frames = session.view().recording.written
    if cell.frames:  # else the fault came before the recording, and there is no file
        cell.problem = check_files(recording, poses, None)
    if opened_s > 20:
        cell.problem = cell.problem or f"opened after {opened_s:.0f} s"


class Watch:
    """Looks at the window from the beginning of a fault on."""

    def __init__(self, window, begin_s: float, longest_s: float) -> None:  # noqa: ANN001
        self._window, self._begin_s, self._longest_s = window, begin_s, longest_s
        self._sequence, self._last_s = window._sequence, begin_s
        self._said: dict[str, str] = {}
        self._results = 0
        self.gap_s = 0.0

    def is_over(self) -> bool:
        now_s, window = time.monotonic(), self._window
        for text in (window.viewer.state.text(), window.banner.text):
            if text:
                self._said.setdefault(SECONDS.sub("", text), text)
        if window._sequence != self._sequence:
            self.gap_s = max(self.gap_s, now_s - self._last_s)
            self._sequence, self._last_s = window._sequence, now_s
            self._results += 1
        phase = window.session.view().state.phase
        watched_s = now_s - self._begin_s
        if phase in (Phase.FAILED, Phase.ENDED):
            return watched_s > 2.0
        recovered = self._results >= AGAIN and now_s - self._last_s < 1.0
        return (watched_s > WATCHED_S and recovered) or watched_s > self._longest_s

    def ended(self) -> str:
        return {Phase.FAILED: "stops with a line", Phase.ENDED: "plays to its end"}.get(
            self._window.session.view().state.phase, "goes on" if self._results >= AGAIN else "stands still and says so"
        )

    def told(self) -> str:
        """What the window said beside what it always says."""
        usual = ("Tracking", "No hand in view", "Waiting for the first picture…", "End of recording", "Hand unclear")
        return "; ".join(text for text in self._said.values() if text not in usual and not text.startswith("Recorded"))


if __name__ == "__main__":
    place = Path(sys.argv[1])
    wanted = [tuple(cell.split("|")) for cell in sys.argv[2:]]
    assert all(fault in FAULTS for fault, _ in wanted)
    there = Stage(place, wanted)  # type: ignore[arg-type]
    raise SystemExit(play(story(there), place, Options(source="cell:0", loop=False), services(there.make_source)))
