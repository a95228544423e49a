"""`python -m tests.inputs --write docs/inputs.md`: makes every odd input, tries it, and writes down what came of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.inputs.page import written


def main(arguments: list[str] | None = None) -> int:
    """Write the tables into the page, or onto the screen."""
    parser = argparse.ArgumentParser(prog="python -m tests.inputs", description=__doc__)
    parser.add_argument("--write", type=Path, required=True, metavar="PAGE", help="the page whose tables are replaced")
    page: Path = parser.parse_args(arguments).write
    with tempfile.TemporaryDirectory() as folder:
        page.write_text(written(page.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
