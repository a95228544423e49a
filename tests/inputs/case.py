"""One odd input after another: made, given to the program, and what came of it as a row of docs/inputs.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.app.sources.playing import Played, play_all

RANDOM = re.compile(r"\.part-[0-9a-f]{8}")
LONGEST = 400


@dataclass(frozen=True)
class Source:
    """Something to play. make: writes it into an empty folder and gives what is named on the command line."""

    situation: str
    make: Callable[[Path], Path | str]


@dataclass(frozen=True)
class Command:
    """A command to run. run: makes what it needs in an empty folder, runs it there and gives what came of it."""

    situation: str
    run: Callable[[Path], str]


def rows(cases: Sequence[Source | Command], folder: Path) -> list[str]:
    """The rows of a table, without its head. Each case has a folder of its own under `folder`."""
    places = [folder / f"{number}" for number in range(len(cases))]
    for place in places:
        place.mkdir(parents=True)
    specs = [case.make(place) for case, place in zip(cases, places) if isinstance(case, Source)]
    played = iter(play_all(specs) if specs else ())
    said = [_told(next(played)) if isinstance(case, Source) else case.run(place) for case, place in zip(cases, places)]
    return [f"| {case.situation} | {_cell(text, place)} |" for case, text, place in zip(cases, said, places)]


def _told(played: Played) -> str:
    frames = ", ".join(
        f"{count} frame{'s' if count > 1 else ''} at {1000 * units:g} mm a unit"
        for units, count in Counter(played.units).items()
    )
    if played.outcome == "end":
        return "; ".join([frames, *(f"`{note}`" for note in played.notes)])
    return f"{frames}, then `{played.outcome}`" if frames else f"`{played.outcome}`"


def _cell(text: str, place: Path) -> str:
    """One line that is the same on every machine: no folder of the test, no random part of a name."""
    text = RANDOM.sub(".part-RANDOM", text.replace(f"{place}/", "").replace(str(place), ".")).replace("|", "\\|")
    assert "\n" not in text
    assert "Traceback" not in text
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
