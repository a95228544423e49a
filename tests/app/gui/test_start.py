"""Ctrl+C at any moment of the start."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.app.gui import xvfb
from tests.app.gui.play import ROOT

PATIENCE_S = 120.0


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="which libraries a process has is asked of Linux")
@pytest.mark.parametrize("library", ["_bisect", "QtCore", "open3d", "libqxcb", "libopenvino"])
def test_ctrl_c_while_it_starts_is_status_130_without_a_word(x_display, tmp_path, library):
    """library: one that the program has just loaded when the key is pressed, from the first to the last."""
    environment = {**xvfb.environment(x_display), "XDG_CONFIG_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "main.py", "simulate", "--no-setup"],
        env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + PATIENCE_S
        while library not in Path(f"/proc/{process.pid}/maps").read_text():
            assert process.poll() is None
            assert time.monotonic() < deadline
        os.kill(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert (process.returncode, output, errors) == (130, "", "")
