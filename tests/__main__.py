"""`python3 -m tests [pytest arguments]`: sets up what is missing, then runs the tests with pytest."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.setup import ensure, facts

# pytest's last line tells how long all of it took.
OPTIONS = ("-q", "-rs", "--durations=15")
MOST_AT_ONCE = 4
ATTEMPTS = 3
"""Processes were seen to die of a general protection fault in a system call, on one kind of processor (AVX512_BF16)."""
PYTEST_STATUSES = range(6)
"""A process with another exit status has died."""


def rooms() -> list[tuple[str, ...]]:
    """Groups of tests, each of which runs in a process of its own: torch, Qt and the SDK stay apart. Longest first."""
    found: list[tuple[str, ...]] = []
    for parent in (Path("tests/models"), Path("tests/app")):
        folders = sorted({path.relative_to(parent).parts[0] for path in parent.rglob("*/test_*.py")})
        found += [(str(parent / folder),) for folder in folders]
        found.append(tuple(map(str, sorted(parent.glob("test_*.py")))))
    found.append(("tests", "--ignore=tests/models", "--ignore=tests/app"))
    return sorted(found, key=_length, reverse=True)


def _length(room: tuple[str, ...]) -> int:
    """Bytes of its tests: the more there is to read, the longer it mostly takes."""
    ignored = [Path(name.partition("=")[2]) for name in room if name.startswith("--ignore=")]
    files = [file for name in room for path in [Path(name)] for file in (path, *path.rglob("test_*.py"))]
    return sum(f.stat().st_size for f in files if f.is_file() and not any(each in f.parents for each in ignored))


def main() -> int:
    """Run pytest on everything, a room a core, or on what the arguments name; its exit status."""
    ensure("tests")
    os.chdir(facts.ROOT)
    chosen = sys.argv[1:]
    if chosen:
        import pytest

        return int(pytest.main([*OPTIONS, *chosen]))
    begin_s = time.monotonic()
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_AT_ONCE)) as pool:
        statuses = list(pool.map(_run_room, rooms()))
    minutes, seconds = divmod(round(time.monotonic() - begin_s), 60)
    print(f"{len(statuses)} rooms in {minutes} min {seconds} s, {sum(map(bool, statuses))} with failures", flush=True)
    return int(any(statuses))


def _run_room(room: tuple[str, ...]) -> int:
    """Again where its process died: what crashes each time is an error. Printed as a whole when it is through."""
    for attempt in range(1, ATTEMPTS + 1):
        command = [sys.executable, "-m", "pytest", *OPTIONS, *room]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        said = done.stdout.decode(errors="replace")
        print(f"== {room[0]}\n{said}", flush=True)
        if done.returncode in PYTEST_STATUSES:
            break
        print(f"its process died ({done.returncode}), attempt {attempt} of {ATTEMPTS}", flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
