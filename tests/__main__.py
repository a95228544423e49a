"""`python3 -m tests [pytest arguments]`: sets up what is missing, then runs the tests with pytest."""

import os
import sys

from app import bootstrap


def main() -> int:
    """Run pytest on everything, or on what the arguments name; its exit status."""
    bootstrap.ensure(need="tests")
    import pytest

    os.chdir(bootstrap.ROOT)
    return int(pytest.main(["-q", "-rs", *sys.argv[1:]]))


if __name__ == "__main__":
    sys.exit(main())
