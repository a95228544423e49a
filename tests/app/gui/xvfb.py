"""A virtual X display for tests and screenshots."""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

START_TIMEOUT_S = 20.0
HOW_TO_GET_IT = "Xvfb is not installed (Debian and Ubuntu: apt-get install xvfb)"


def is_installed() -> bool:
    return shutil.which("Xvfb") is not None


@contextmanager
def virtual_display(size: str = "1280x760x24", *options: str) -> Iterator[str]:
    """Runs an X server without a screen for as long as the block; gives its name, such as ":5". options: Xvfb's."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", size, "-nolisten", "tcp", "-noreset", *options],
        pass_fds=[writer],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        ready, _, _ = select.select([reader], [], [], START_TIMEOUT_S)
        number = os.read(reader, 64).decode().strip() if ready else ""
        if not number:
            raise RuntimeError("Xvfb did not start")
        yield f":{number}"
    finally:
        os.close(reader)
        server.terminate()
        server.wait(START_TIMEOUT_S)


def environment(display: str) -> dict[str, str]:
    """The environment of a program that shall use that display and draw on the CPU, the same everywhere."""
    kept = {k: v for k, v in os.environ.items() if k not in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "V2V_VIEWER")}
    return {**kept, "DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1", "QT_SCALE_FACTOR": "1"}


@pytest.fixture(scope="session")
def x_display() -> Iterator[str]:
    """The name of a virtual display; skips where there can be none. conftest.py files import it."""
    if not is_installed():
        pytest.skip(HOW_TO_GET_IT)
    with virtual_display() as name:
        yield name


@pytest.fixture(scope="session")
def desk_display() -> Iterator[str]:
    """The name of a large virtual display with a mouse and keys to press; skips where there can be none."""
    _skip_without_desk()
    with virtual_display("1920x1080x24") as name:
        yield name


@pytest.fixture
def plain_display() -> Iterator[str]:
    """The name of a display with mouse and keys that offers no OpenGL; skips where there can be none."""
    _skip_without_desk()
    with virtual_display("1400x900x24", "-extension", "GLX") as name:
        yield name


def _skip_without_desk() -> None:
    if not is_installed():
        pytest.skip(HOW_TO_GET_IT)
    try:
        ctypes.CDLL("libXtst.so.6")
    except OSError:
        pytest.skip("XTest is not installed (Debian and Ubuntu: apt-get install libxtst6)")
