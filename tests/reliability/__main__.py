"""`python -m tests.reliability PART`: attacks the program and counts what comes of it.

--save keeps what was found for docs/reliability.md, whose tables `--write docs/reliability.md` makes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.reliability import (
    branches,
    cases,
    cycles,
    faults,
    kills,
    mutations,
    page,
    results,
    soak,
    steps,
    writer_victim,
    writers,
)
from tests.reliability.faulty import FAULTS, KINDS


def main(arguments: Sequence[str] | None = None) -> int:
    values = _parser().parse_args(arguments)
    if values.write is not None:
        content = page.written(values.write.read_text(encoding="utf-8"))
        values.write.write_text(content, encoding="utf-8")
        return 0
    return int(values.run(values))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="make the page's tables of what was saved")
    parser.set_defaults(run=lambda _: parser.error("name a part, or --write PAGE"))
    parts = parser.add_subparsers(metavar="PART")
    part = _part(parts, "mutations", "damaged recordings and other inputs, given to the program's readers", 500)
    part.add_argument("--kind", choices=("recordings", "others", "checks"), default="recordings")
    part.add_argument("--first", type=int, default=0, metavar="N", help="number of the first case")
    part.add_argument("--layout", action="append", help="only this one; may be said several times")
    part.add_argument("--keep", type=Path, default=Path("outputs/reliability"), help="where what fails is kept")
    part.set_defaults(run=_mutations)
    _part(parts, "kills", "the program is killed while it writes", 20).set_defaults(run=_kills)
    part = _part(parts, "faults", "every fault of a source, by every kind of source, headless and in the window", 0)
    part.add_argument("--fault", action="append", choices=FAULTS, help="only this one; may be said several times")
    part.add_argument("--kind", action="append", choices=KINDS, help="only this source; may be said several times")
    part.add_argument("--how", choices=("headless", "window", "both"), default="both")
    part.set_defaults(run=_faults)
    part = _part(parts, "writers", "every fault of a disk, by every kind of output, headless and in the window", 0)
    part.add_argument("--fault", action="append", choices=(*writer_victim.FAULTS, writers.KILLED))
    part.add_argument("--kind", action="append", choices=steps.OUTPUTS, help="only this output")
    part.add_argument("--how", choices=("headless", "window", "both"), default="both")
    part.set_defaults(run=_writers)
    part = _part(parts, "cycles", "each source is opened, read and closed, over and over", 1000)
    part.add_argument(
        "--only", default="", metavar="TEXT", help="sources with this in their names; others stay as kept"
    )
    part.set_defaults(run=_cycles)
    part = _part(parts, "cases", "damaged recordings that are kept, as NAME.xz", 0)
    part.add_argument("folder", type=Path)
    part.set_defaults(run=_cases)
    part = _part(parts, "branches", "which branches of the program the tests take", 0)
    part.add_argument("folder", nargs="*", help="a folder of tests to run again; all where none is named")
    part.add_argument("--only-count", action="store_true", help="run nothing, count what is there")
    part.set_defaults(run=_branches)
    part = _part(parts, "soak", "the window for a long time, with random sources and faults", 0)
    part.add_argument("--minutes", type=float, default=120.0)
    part.add_argument("--view", choices=("off", "picture"), default="off", help="the window's 3D view")
    part.add_argument(
        "--tracker", choices=("program", "fake"), default="program", help="the program's own, or a stand-in"
    )
    part.set_defaults(run=_soak)
    return parser


def _part(parts: argparse._SubParsersAction, name: str, about: str, count: int) -> argparse.ArgumentParser:
    part: argparse.ArgumentParser = parts.add_parser(name, help=about, description=about)
    part.add_argument("--seed", type=int, default=0)
    part.add_argument("--count", type=int, default=count)
    part.add_argument("--jobs", type=int, default=2, help="how many at once")
    part.add_argument("--save", action="store_true", help="keep what was found for docs/reliability.md")
    return part


def _mutations(values: argparse.Namespace) -> int:
    def told(verdict: mutations.Verdict) -> None:
        if verdict.fault or verdict.contained:
            case, said = verdict.case, verdict.outcome.said.strip().splitlines()[-1:]
            what = verdict.fault or f"the reader process ended it, {verdict.contained}"
            print(f"{case.number} {case.layout}, {case.change}: {what}: {''.join(said)[:200]!a}", flush=True)

    tallies, failed = mutations.run(
        values.kind, values.seed, values.count, values.keep, values.layout, values.jobs, values.first, told
    )
    layouts = {layout: asdict(tally) for layout, tally in tallies.items()}
    found = {"seed": values.seed, "first": values.first, "count": values.count, "layouts": layouts}
    print("\n".join(page.mutations(found)))
    if values.save:
        results.keep(values.kind, found)
    return 1 if failed else 0


def _faults(values: argparse.Namespace) -> int:
    def told(cell: faults.Cell) -> None:
        gap = f"{cell.gap_s:.1f} s"
        print(
            f"{cell.fault} | {cell.kind} | {cell.how} | {cell.told} | {gap} | {cell.ended} | {cell.problem}", flush=True
        )

    chosen = faults.cells(values.fault or FAULTS, values.kind or KINDS)
    done = faults.run_headless_cells(chosen, told) if values.how != "window" else []
    done += faults.run_window_cells(chosen, told) if values.how != "headless" else []
    if values.save:
        results.keep("faults", {"cells": [asdict(cell) for cell in sorted(done, key=_in_order)]})
    return 1 if any(cell.problem for cell in done) else 0


def _writers(values: argparse.Namespace) -> int:
    def told(cell: faults.Cell) -> None:
        print(f"{cell.fault} | {cell.kind} | {cell.how} | {cell.told} | {cell.ended} | {cell.problem}", flush=True)

    names = (*writer_victim.FAULTS, writers.KILLED)
    kinds = values.kind or list(steps.OUTPUTS)
    done = writers.run(kinds, values.fault or names, values.how, values.count or None, values.seed, told)
    order = {name: place for place, name in enumerate(names)}
    if values.save:
        done.sort(key=lambda cell: (order.get(cell.fault, -1), list(steps.OUTPUTS).index(cell.kind), cell.how))
        results.keep("writers", {"cells": [asdict(cell) for cell in done]})
    return 1 if any(cell.problem for cell in done) else 0


def _cycles(values: argparse.Namespace) -> int:
    rows = cycles.run(values.count, values.jobs, lambda row: print(row, flush=True), values.only)
    if values.save:
        found = {row["name"]: row for row in rows}
        others = results.kept("cycles")["rows"] if values.only else []
        results.keep("cycles", {"rows": [found.pop(row["name"], row) for row in others] + list(found.values())})
    return 1 if any(row["threads"] != "+0" for row in rows) else 0


def _cases(values: argparse.Namespace) -> int:
    rows = cases.run(values.folder, lambda row: print(row, flush=True))
    if values.save:
        results.keep("cases", {"rows": rows})
    return 0


def _branches(values: argparse.Namespace) -> int:
    failed = [] if values.only_count else branches.measure(values.folder)
    found = branches.counted()
    print("\n".join(page.branches(found)))
    print(
        "\n".join(f"{name}: {missed} of {count} branches not taken" for name, (missed, count) in found["files"].items())
    )
    print("".join(f"failed: {name}\n" for name in failed), end="")
    if values.save:
        results.keep("branches", {"packages": found["packages"]})
    return 1 if failed else 0


def _soak(values: argparse.Namespace) -> int:
    found = soak.run(60 * values.minutes, values.seed, values.view, values.tracker)
    found |= {"view": values.view, "tracker": values.tracker}
    rows = soak.rows(found)
    print("\n".join(f"{name}: {value}" for name, value in rows))
    if values.save:
        results.keep("soak", {"seed": values.seed, "rows": rows, "memory": found["memory"]})
    return 0


def _in_order(cell: faults.Cell) -> tuple[int, int, str]:
    return list(FAULTS).index(cell.fault), KINDS.index(cell.kind), cell.how


def _kills(values: argparse.Namespace) -> int:
    def told(one: kills.Kill) -> None:
        kept = ", ".join(f"{kept.name} {kept.frames}" for kept in one.kept[:3])
        when = ", ended" if one.ended else ", closing" if one.was_closing else ""
        due = f"written {one.written}, due {one.due}{when}"
        print(f"{one.number} at {one.at_s:.2f} s, {due}: {kept} {'; '.join(one.faults())}", flush=True)

    done = kills.run(values.seed, values.count, values.jobs, told)
    found = kills.counted(values.seed, done)
    print("\n".join(page.kills(found)))
    if values.save:
        results.keep("kills", found)
    return 1 if any(one.faults() for one in done) else 0


if __name__ == "__main__":
    sys.exit(main())
