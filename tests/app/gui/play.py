"""Plays a story in the real window, in a process of its own, and reads what it noted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.app.gui import xvfb

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 420


def pixels_of(path: Path) -> NDArray[np.uint8]:
    """A saved picture as (H, W, 3) uint8 RGB."""
    import cv2

    return cv2.imread(str(path))[..., ::-1]


def drive(story: str, folder: Path, display: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.app.gui.drive", story, str(folder), *arguments]
    # Nobody's settings are read or changed.
    env = {**xvfb.environment(display), "XDG_CONFIG_HOME": str(folder / "config"), **environment}
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def report_of(folder: Path) -> dict:
    return json.loads((folder / "report.json").read_text())


def view_pixels(folder: Path, name: str) -> NDArray[np.uint8]:
    """The 3D view's part (H, W, 3) of a saved screen."""
    x, y, width, height = report_of(folder)[f"{name}_view"]
    return pixels_of(folder / f"{name}.png")[y : y + height, x : x + width]
