"""Starts the program: `python3 main.py`, see `python3 main.py --help`."""

import os
import signal
import sys

from app.setup import ensure


def main() -> None:
    """Make sure that what the program needs is there, then run it and end."""
    ensure("run")
    # From here on nothing is lost, and an exception within an import may be lost itself: then the program would go on.
    signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(130))
    # Only now: before set-up the packages that this imports may be missing.
    from app.cli import program

    program()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # during set-up, or before the program takes it
        sys.exit(130)
