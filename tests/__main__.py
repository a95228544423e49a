"""`python3 -m tests [pytest arguments]`: sets up what is missing, then runs the tests with pytest."""

import os
import sys

from app.setup import ensure, facts

# pytest's last line tells how long all of it took.
OPTIONS = ("-q", "-rs", "--durations=15")


def main() -> int:
    """Run pytest on everything, or on what the arguments name; its exit status."""
    ensure("tests")
    import pytest

    os.chdir(facts.ROOT)
    return int(pytest.main([*OPTIONS, *sys.argv[1:]]))


if __name__ == "__main__":
    sys.exit(main())
