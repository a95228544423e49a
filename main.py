"""Starts the program: `python3 main.py`, see `python3 main.py --help`."""

import sys

from app.loading import INTERRUPTED, end_at_ctrl_c
from app.setup import ensure


def main() -> None:
    """Make sure that what the program needs is there, then run it and end."""
    ensure("run")
    end_at_ctrl_c()
    # Only now: before set-up the packages that this imports may be missing.
    from app.cli import program

    program()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # during set-up, or before the program takes it
        sys.exit(INTERRUPTED)
