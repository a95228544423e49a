"""One HTML page of results: `python -m models.report --out report.html REPORT.json ...`.

The JSON files are those that `python -m models.evaluate --json` writes, for pose networks and for prediction files. The
page needs nothing but itself: its curves are SVG images inside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from models.command import run_command
from models.core.text import one_line
from models.outputs import refuse_inputs, write_whole
from models.report.page import page
from models.report.results import read_results


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m models.report", description="Make one HTML page of what models.evaluate has measured."
    )
    parser.add_argument(
        "reports", type=Path, nargs="+", metavar="REPORT.json", help="written by models.evaluate --json"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="report.html", help="the page to write")
    parser.add_argument("--title", default="Hand pose results", help="heading of the page")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    options = parse_arguments(arguments)
    try:
        refuse_inputs([(options.out, "--out")], options.reports)
        results = read_results(options.reports)
        write_whole(options.out, page(results, options.title).encode())
    except (ValueError, OSError) as error:
        print(f"models.report: {one_line(error)}", file=sys.stderr)
        return 1
    print(f"{options.out}: {len(results)} result{'s' if len(results) > 1 else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.report", main))
