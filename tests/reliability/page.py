"""The tables of docs/reliability.md, each between two comments with its name, from the results that are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.reliability.results import FOLDER, kept

Rows = list[str]


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Rows:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return [
        f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |".replace("| --- ", "|---").replace(
            "|--- |", "|---|"
        )
        for line in lines
    ]


def mutations(found: dict[str, Any]) -> Rows:
    head = ("damaged", "cases", "played or taken", "refused", "reader process ended", "other pixels, no checksum")
    head += ("longest, s", "most memory, MiB", "faults")
    rows = []
    for layout, one in found["layouts"].items():
        faults = ", ".join(f"{count} {name}" for name, count in one["faults"].items()) or "0"
        counts = [one[key] for key in ("cases", "fine", "refused", "contained", "altered")]
        rows.append([layout, *counts, f"{one['seconds']:.1f}", f"{one['peak_mib']:.0f}", faults])
    every = found["layouts"].values()
    sums = [sum(one[key] for one in every) for key in ("cases", "fine", "refused", "contained", "altered")]
    longest, most = (max(one[key] for one in every) for key in ("seconds", "peak_mib"))
    faults = sum(sum(one["faults"].values()) for one in every)
    rows.append(["**all**", *sums, f"{longest:.1f}", f"{most:.0f}", faults])
    return [
        f"Seed {found['seed']}, cases {found['first']} to {found['first'] + found['count'] - 1}.",
        "",
        *_table(head, rows),
    ]


def kills(found: dict[str, Any]) -> Rows:
    head = ("output", "kills", "kept whole or to the last second", "most frames lost before that", "do not open")
    rows = [
        [name, one["kills"], one["kills"] - one["short"] - one["broken"], one["most_lost"], one["broken"]]
        for name, one in found["outputs"].items()
    ]
    told = f"{found['count']} kills, seed {found['seed']}: {found.get('closing', 0)} while outputs were being closed, "
    told += f"{found['ended']} after the end of the run, the others before."
    return [told, "", *_table(head, rows)]


def faults(found: dict[str, Any]) -> Rows:
    head = ("fault", "source", "run", "what the user is told", "longest without a result, s", "how it goes on")
    rows = []
    for cell in found["cells"]:
        gap = f"{cell['gap_s']:.1f}" if cell["gap_s"] >= 0.5 else ""
        ended = f"{cell['ended']}; **{cell['problem']}**" if cell["problem"] else cell["ended"]
        told = cell["told"].replace("\n", " ")
        rows.append([cell["fault"], cell["kind"], cell["how"], told, gap, ended])
    bad = sum(bool(cell["problem"]) for cell in found["cells"])
    return [f"{len(rows)} cells, {bad} with a hang or a lost file.", "", *_table(head, rows)]


def writers(found: dict[str, Any]) -> Rows:
    head = ("fault", "output", "run", "what the user is told", "frames by then", "how it goes on")
    rows = []
    for cell in found["cells"]:
        ended = f"{cell['ended']}; **{cell['problem']}**" if cell["problem"] else cell["ended"]
        rows.append([cell["fault"], cell["kind"], cell["how"], cell["told"], cell["frames"], ended])
    bad = sum(bool(cell["problem"]) for cell in found["cells"])
    return [f"{len(rows)} cells, {bad} with a hang, a lost file or not a word.", "", *_table(head, rows)]


def cycles(found: dict[str, Any]) -> Rows:
    head = ("what", "cycles", "threads", "file handles", "resident memory, MiB, after a tenth", "at the end")
    rows = [
        [one["name"], one["count"], one["threads"], one["handles"], f"{one['first_mib']:.1f}", f"{one['last_mib']:.1f}"]
        for one in found["rows"]
    ]
    return _table(head, rows)


def cases(found: dict[str, Any]) -> Rows:
    head = ("recording", "frames played", "of them damaged", "what the user is told", "s")
    return _table(head, [[*list(row.values())[:4], f"{row['s']:.1f}"] for row in found["rows"]])


def branches(found: dict[str, Any]) -> Rows:
    head = ("package", "statements", "run", "branches", "taken")
    packages = dict(sorted(found["packages"].items()))
    packages["**all**"] = [sum(column) for column in zip(*packages.values())]
    rows = [
        [name, lines, _percent(run, lines), count, _percent(taken, count)]
        for name, (lines, run, count, taken) in packages.items()
    ]
    return _table(head, rows)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def soak(found: dict[str, Any]) -> Rows:
    head = ("what", "found")
    return _table(head, found["rows"])


TABLES: dict[str, Callable[[dict[str, Any]], Rows]] = {
    "recordings": mutations,
    "others": mutations,
    "checks": mutations,
    "kills": kills,
    "faults": faults,
    "writers": writers,
    "cases": cases,
    "cycles": cycles,
    "branches": branches,
    "soak": soak,
}
"""Name of a table and of its results: what makes it."""


def written(page: str) -> str:
    """The page with the tables of all results that are there."""
    for name, rows in TABLES.items():
        if not (FOLDER / f"{name}.json").exists():
            continue
        start, end = f"<!-- made: {name} -->\n", "<!-- end -->"
        before, mark, rest = page.partition(start)
        _, close, after = rest.partition(end)
        assert mark and close, f"the page has no place for the table {name!r}"
        page = before + mark + "\n".join(rows(kept(name))) + "\n" + close + after
    return page
