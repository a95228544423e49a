"""How this program is started, wherever it lies."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from models.assets import asset

IDENTITY = "v2v-hand-tracking"
NAME = "V2V hand tracking"
COMMENT = "Tracks a hand in 3D, live, from a depth camera"
SUFFIXES = (".bag", ".db3")
"""Of the recordings that the desktop may open with the program."""
MAIN = Path(__file__).resolve().parents[2] / "main.py"
_ICON_COLOR = "#3fb6a8"


@dataclass(frozen=True, slots=True)
class Launcher:
    """command: the program and its arguments, to which a recording may be added. icon: text of an SVG file."""

    command: tuple[str, ...]
    icon: str


def this_program() -> Launcher:
    """The program that runs now: main.py of a checkout, or the command that pip made."""
    installed = shutil.which("hand-tracking")
    start = (_without_console(Path(sys.executable)), str(MAIN)) if MAIN.exists() or not installed else (installed,)
    icon = (asset("icons") / "app.svg").read_text(encoding="utf-8").replace("currentColor", _ICON_COLOR)
    return Launcher((*start, "--dialogs"), icon)


def _without_console(python: Path) -> str:
    """On Windows the interpreter that opens no console, where it is there."""
    windowed = python.with_name("pythonw.exe")
    return str(windowed if windowed.exists() else python)
