"""`python -m tests.reliability PART`: attacks the program and counts what comes of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.reliability import mutations


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parts = parser.add_subparsers(dest="part")
    part = parts.add_parser("mutations", help="damaged inputs")
    part.add_argument("--kind", choices=("recordings", "others"), default="recordings")
    part.add_argument("--seed", type=int, default=0)
    part.add_argument("--first", type=int, default=0, help="number of the first case")
    part.add_argument("--count", type=int, default=500)
    part.add_argument("--jobs", type=int, default=2)
    part.add_argument("--layout", action="append", help="only this one; may be said several times")
    part.add_argument("--keep", type=Path, default=Path("outputs/reliability"), help="where what fails is kept")
    values = parser.parse_args(arguments)
    return _mutations(values)


def _mutations(values: argparse.Namespace) -> int:
    def told(number: int, verdict: mutations.Verdict) -> None:
        if verdict.fault or verdict.contained:
            case = verdict.case
            words = verdict.outcome.said.strip().splitlines()[-1:] or [""]
            print(f"{number} {case.layout} {case.change}: {verdict.fault or 'contained ' + verdict.contained}: {words[0][:200]}", flush=True)

    tallies, failed = mutations.run(
        values.kind, values.seed, values.count, values.keep, values.layout, values.jobs, values.first, told
    )
    for layout, tally in tallies.items():
        print(f"{layout:30} {tally.cases:6} fine {tally.fine:5} refused {tally.refused:5} contained {tally.contained:3} "
              f"altered {tally.altered:4} {tally.seconds:5.1f} s {tally.peak_mib:6.0f} MiB {dict(tally.faults)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
