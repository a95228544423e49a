"""`python -m tests.reliability mutations`: thousands of damaged inputs, each given to the program's own readers.

A case is known by its number: the same seed and number make the same bytes. What fails is kept.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from app.sources.checksums import sums_path
from tests.reliability.changes import BINARY, TEXT, Change
from tests.reliability.films import BESIDE_CHECKED, FILMS, PACKED_CHECKED
from tests.reliability.messages import messages, rows
from tests.reliability.others import INPUTS
from tests.reliability.watched import Hung, Worker
from tests.reliability.worker import Outcome

LONGEST_S = {"check": 60.0}
"""`--check` plays a file, repairs it in one or two ways and plays what came of it."""
USUAL_LONGEST_S = 10.0
MOST_MIB = 1024.0
INSIDE_SHARE = 0.35
"""Of the recordings that are damaged inside of a whole file, where the layout allows it."""


@dataclass(frozen=True)
class Case:
    """One damaged input: `give` is given to the program, by the way `what` of the worker. place: its own folder."""

    number: int
    layout: str
    change: str
    what: str
    give: Path
    place: Path


@dataclass
class Verdict:
    """fault: "" where all is well, else one of crash, hang, traceback, memory, altered, not one line."""

    case: Case
    outcome: Outcome
    fault: str = ""
    contained: str = ""
    """How the reading code ended where the reader process has to be ended for it: crash, hang or memory."""


@dataclass
class Tally:
    """What came of the cases of one layout."""

    cases: int = 0
    fine: int = 0
    refused: int = 0
    contained: int = 0
    altered: int = 0
    seconds: float = 0.0
    peak_mib: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)

    def add(self, verdict: Verdict, is_altered: bool) -> None:
        self.cases += 1
        self.fine += verdict.outcome.how == "fine"
        self.refused += verdict.outcome.how == "refused"
        self.contained += bool(verdict.contained)
        self.altered += is_altered
        self.seconds = max(self.seconds, verdict.outcome.seconds)
        self.peak_mib = max(self.peak_mib, verdict.outcome.peak_mib)
        if verdict.fault:
            self.faults[verdict.fault] = self.faults.get(verdict.fault, 0) + 1


Progress = Callable[[Verdict], None]


class Kitchen:
    """Makes cases out of whole inputs, which are made once."""

    def __init__(self, folder: Path, seed: int, kind: str, layouts: Sequence[str] | None = None) -> None:
        self._folder, self._seed, self._kind = folder, seed, kind
        every = INPUTS if kind == "others" else FILMS
        self.layouts = [layout for layout in every if layouts is None or layout in layouts]
        self._whole: dict[str, tuple[Path, Path]] = {}  # what is damaged, what is given to the program
        for number, layout in enumerate(self.layouts):
            place = folder / "whole" / str(number)
            place.mkdir(parents=True)
            if kind != "others":
                path = FILMS[layout](place)
                self._whole[layout] = (path, path)
            else:
                self._whole[layout] = INPUTS[layout].make(place)
        self.sums: dict[str, set[int]] = {}

    def whole(self, layout: str) -> Path:
        return self._whole[layout][1]

    def what(self, layout: str) -> str:
        return {"recordings": "play", "checks": "check"}.get(self._kind) or INPUTS[layout].what

    def case(self, number: int) -> Case:
        """The case with this number, in a folder of its own."""
        rng = np.random.default_rng([self._seed, number])
        layout = self.layouts[number % len(self.layouts)]
        damaged, give = self._whole[layout]
        place = self._folder / "cases" / str(number)
        root = self._folder / "whole" / str(self.layouts.index(layout))
        if self._kind != "others":  # the film alone: not the images that it was made of
            place.mkdir(parents=True)
            copied = place / give.name
            shutil.copytree(give, copied) if give.is_dir() else shutil.copy(give, copied)
            if sums_path(give).exists():
                shutil.copy(sums_path(give), place)
            return Case(number, layout, self._damage_film(layout, copied, rng), self.what(layout), copied, place)
        shutil.copytree(root, place)
        victim, entry = (place / path.relative_to(root) for path in (damaged, give))
        change, how = _chosen(INPUTS[layout].changes, rng)
        victim.write_bytes(how(victim.read_bytes(), rng))
        return Case(number, layout, change, INPUTS[layout].what, entry, place)

    def _damage_film(self, layout: str, path: Path, rng: np.random.Generator) -> str:
        """Damage a film; the name of how."""
        if rng.random() < INSIDE_SHARE and layout != "ROS 2 folder, Zstandard":
            if path.suffix == ".db3":
                rows(path, rng)
                return "rows"
            messages(path, rng)
            return "messages"
        if not path.is_dir():
            change, how = _chosen(BINARY, rng)
            path.write_bytes(how(path.read_bytes(), rng))
            return change
        files = sorted(path.iterdir())
        victim = files[int(rng.integers(len(files)))]
        change, how = _chosen(TEXT if victim.suffix == ".yaml" else BINARY, rng)
        victim.write_bytes(how(victim.read_bytes(), rng))
        return change


def _chosen(changes: dict[str, Change], rng: np.random.Generator) -> tuple[str, Change]:
    name = list(changes)[int(rng.integers(len(changes)))]
    return name, changes[name]


class Judge:
    """Has cases tried by a worker, and says what is wrong with what came of it. One thread each."""

    def __init__(self, kitchen: Kitchen) -> None:
        self._kitchen = kitchen
        self._worker, self._reader = Worker(), Worker("--reader")

    def judge(self, case: Case) -> tuple[Verdict, bool]:
        """The verdict on a case, and whether a frame was shown that the whole film does not have."""
        contained, longest_s = "", LONGEST_S.get(case.what, USUAL_LONGEST_S)
        try:
            outcome = self._worker.run(case.what, case.give, longest_s)
        except Hung as hung:
            outcome, contained = Outcome(how=hung.how, said=hung.said), hung.how
        if contained and case.what in ("play", "check") and not case.give.is_dir():
            outcome, contained = self._through_reader(case, contained)
        fault = self.fault(outcome, longest_s)
        altered = bool(set(outcome.sums) - self._kitchen.sums.get(case.layout, set(outcome.sums)))
        is_denied = case.layout in BESIDE_CHECKED or (
            case.layout in PACKED_CHECKED and case.change not in ("messages", "rows")
        )
        if not fault and altered and is_denied and not self._says_unchecked(outcome):
            fault = "altered"
        return Verdict(case, outcome, fault, contained), altered

    @staticmethod
    def _says_unchecked(outcome: Outcome) -> bool:
        """The checksums are of another recording by the number and time of its first frame, and that is said."""
        return any("frames are not checked" in note for note in outcome.notes)

    def _through_reader(self, case: Case, how: str) -> tuple[Outcome, str]:
        """As the program does it, with the reader process, which is there to end this."""
        try:
            return self._reader.run(case.what, case.give, LONGEST_S.get(case.what, USUAL_LONGEST_S)), how
        except Hung as hung:
            return Outcome(how=hung.how, said=hung.said), how

    @staticmethod
    def fault(outcome: Outcome, longest_s: float = USUAL_LONGEST_S) -> str:
        """What is wrong with it by itself; "" where nothing is."""
        if outcome.how not in ("fine", "refused"):
            return outcome.how
        if outcome.seconds > longest_s:
            return "hang"
        if outcome.peak_mib > MOST_MIB:
            return "memory"
        if outcome.how == "refused" and not (outcome.said.isprintable() and outcome.said):
            return "not one line"
        return ""

    def close(self) -> None:
        self._worker.end()
        self._reader.end()


def run(
    kind: str,
    seed: int,
    count: int,
    keep: Path | None = None,
    layouts: Sequence[str] | None = None,
    jobs: int = 2,
    first: int = 0,
    progress: Progress = lambda verdict: None,
) -> tuple[dict[str, Tally], list[Verdict]]:
    """Try cases `first` to `first + count` of "recordings", "checks" or "others": a tally a layout, and what failed.

    keep: a folder for the inputs that failed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        kitchen = Kitchen(Path(scratch), seed, kind, layouts)
        _learn(kitchen)
        hunt = _Hunt(kitchen, first, first + count, keep, progress)
        threads = [threading.Thread(target=hunt.work, name=f"hunt-{number}") for number in range(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if hunt.error is not None:
            raise hunt.error
        return hunt.tallies, hunt.failed


def _learn(kitchen: Kitchen) -> None:
    """What the whole inputs give; fails where one of them is not taken as it is."""
    worker = Worker()
    for layout in kitchen.layouts:
        outcome = worker.run(kitchen.what(layout), kitchen.whole(layout), 60)
        assert outcome.how == "fine", f"{layout}: {outcome.how} {outcome.said}"
        if outcome.sums:
            kitchen.sums[layout] = set(outcome.sums)
    worker.end()


class _Hunt:
    """The cases that are left, what came of the others."""

    def __init__(self, kitchen: Kitchen, first: int, end: int, keep: Path | None, progress: Progress) -> None:
        self._kitchen, self._next, self._end, self._keep = kitchen, first, end, keep
        self._progress = progress
        self._lock = threading.Lock()
        self.tallies = {layout: Tally() for layout in kitchen.layouts}
        self.failed: list[Verdict] = []
        self.error: BaseException | None = None

    def work(self) -> None:
        judge = Judge(self._kitchen)
        try:
            while (number := self._taken()) is not None:
                case = self._kitchen.case(number)
                verdict, altered = judge.judge(case)
                self._keep_what_failed(verdict)
                with self._lock:
                    self.tallies[case.layout].add(verdict, altered)
                    if verdict.fault:
                        self.failed.append(verdict)
                    self._progress(verdict)
                shutil.rmtree(case.place, ignore_errors=True)
        except BaseException as error:
            self.error = error
            with self._lock:
                self._next = self._end
        finally:
            judge.close()

    def _taken(self) -> int | None:
        with self._lock:
            if self._next >= self._end:
                return None
            self._next += 1
            return self._next - 1

    def _keep_what_failed(self, verdict: Verdict) -> None:
        if not (verdict.fault or verdict.contained) or self._keep is None:
            return
        case = verdict.case
        name = f"{verdict.fault or 'contained'}-{case.layout}-{case.number}"
        place = self._keep / re.sub(r"[ ,/]+", "_", name)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        shutil.copytree(case.give, place / case.give.name) if case.give.is_dir() else shutil.copy(case.give, place)
        said = {"case": case.number, "change": case.change, "contained": verdict.contained, **asdict(verdict.outcome)}
        (place / "what.json").write_text(json.dumps(said, indent=1, default=str))
