"""Fixtures for every test: the shared data, the program as a process, and a watch on leaked threads."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
THREAD_GRACE_S = 5.0


@pytest.fixture(scope="session", autouse=True)
def own_state_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests log and keep stays out of the user's own folders."""
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        os.environ[name] = str(tmp_path_factory.getbasetemp() / "state")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real recordings, which is no part of the project: V2V_SHARED_DATA or ../shared/data, else a skip."""
    folder = Path(os.environ.get("V2V_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real depth data at {folder} (set V2V_SHARED_DATA to its folder)")
    return folder


@pytest.fixture(scope="session")
def shared_cases(shared_data: Path) -> Path:
    """Folder of damaged recordings beside the real ones, else a skip."""
    folder = shared_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip(f"no damaged recordings at {folder}")
    return folder


@pytest.fixture(scope="session")
def run_main() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`run_main(*arguments, timeout_s=120, env=None, cwd=None)`: main.py as a process, its output captured as text."""

    def run(
        *arguments: str | Path, timeout_s: float = 120, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "main.py"), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            env={**os.environ, **(env or {})},
            cwd=cwd or ROOT,
            check=False,
        )

    return run


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """Fails a test that leaves a non-daemon thread behind: such a thread keeps the program from ending."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREAD_GRACE_S
    leaked = []
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon:
            thread.join(max(deadline - time.monotonic(), 0))
            if thread.is_alive():
                leaked.append(thread.name)
    if leaked:
        pytest.fail(f"threads left running: {', '.join(sorted(leaked))}")
