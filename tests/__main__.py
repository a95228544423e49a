"""`python3 -m tests [pytest arguments]`: sets up what is missing, then runs the tests with pytest."""

import os
import sys
from pathlib import Path

from app.setup import ensure, facts

# pytest's last line tells how long all of it took.
OPTIONS = ("-q", "-rs", "--durations=15")
ALL_AT_ONCE = ("-n", "auto", "--maxprocesses=4", "--dist=loadfile", "--max-worker-restart=0")
"""Without arguments: the files of tests shared out among processes, a core each."""
ATTEMPTS = 3
"""Processes were seen to die of a general protection fault in a system call, on one kind of processor (AVX512_BF16)."""


class Watch:
    """Sees a process of tests that dies. pytest-xdist would wait for it for ever, so the run is ended."""

    def __init__(self) -> None:
        self.died = False

    def pytest_testnodedown(self, node: object, error: object | None) -> None:
        self.died = self.died or error is not None


def rooms() -> list[tuple[str, ...]]:
    """Groups of tests that run one after another, each in processes of its own: torch, Qt and the SDK stay apart."""
    found: list[tuple[str, ...]] = []
    for parent in (Path("tests/models"), Path("tests/app")):
        folders = sorted({path.relative_to(parent).parts[0] for path in parent.rglob("*/test_*.py")})
        found += [(str(parent / folder),) for folder in folders]
        found.append(tuple(map(str, sorted(parent.glob("test_*.py")))))
    return [*found, ("tests", "--ignore=tests/models", "--ignore=tests/app")]


def main() -> int:
    """Run pytest on everything, or on what the arguments name; its exit status."""
    ensure("tests")
    os.chdir(facts.ROOT)
    chosen = sys.argv[1:]
    if chosen:
        import pytest

        return int(pytest.main([*OPTIONS, *chosen]))
    return max([_run_room(room) for room in rooms()])


def _run_room(room: tuple[str, ...]) -> int:
    """Again where a process died: what crashes each time is an error."""
    import pytest

    status = 1
    for _ in range(ATTEMPTS):
        watch = Watch()
        status = int(pytest.main([*OPTIONS, *ALL_AT_ONCE, *room], plugins=[watch]))
        if not watch.died:
            break
        print(f"a process of {room[0]} died; once more", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
