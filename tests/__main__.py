"""`python3 -m tests [pytest arguments]`: sets up what is missing, then runs the tests with pytest."""

import os
import sys

from app.setup import ensure, facts

# pytest's last line tells how long all of it took.
OPTIONS = ("-q", "-rs", "--durations=15")
ALL_AT_ONCE = ("-n", "auto", "--maxprocesses=4", "--dist=loadfile")
"""Without arguments: the files of tests shared out among processes, a core each."""


def main() -> int:
    """Run pytest on everything, or on what the arguments name; its exit status."""
    ensure("tests")
    import pytest

    os.chdir(facts.ROOT)
    chosen = sys.argv[1:]
    return int(pytest.main([*OPTIONS, *chosen] if chosen else [*OPTIONS, *ALL_AT_ONCE]))


if __name__ == "__main__":
    sys.exit(main())
