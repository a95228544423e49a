"""Puts the program into the desktop's menu and out again: `main.py --install-desktop` and `--uninstall-desktop`."""

from __future__ import annotations

import sys

from app.desktop import linux
from app.desktop.launcher import this_program
from app.desktop.windows import WindowsMenu
from app.errors import DesktopError

__all__ = ["install", "uninstall"]


def install() -> list[str]:
    """Make launcher and file types for the present user; what was made, a line each. Raises DesktopError."""
    return _change(installs=True)


def uninstall() -> list[str]:
    """Remove what `install` made; what was there, a line each. Raises DesktopError."""
    return _change(installs=False)


def _change(installs: bool) -> list[str]:
    try:
        if sys.platform.startswith("linux"):
            return linux.install(this_program()) if installs else linux.uninstall()
        if sys.platform == "win32":
            menu = WindowsMenu.of_this_user()
            return menu.install(this_program()) if installs else menu.uninstall()
    except OSError as error:
        what = "made" if installs else "removed"
        reason = error.strerror or error
        raise DesktopError(f"{error.filename}: cannot be {what} ({reason}); put that right and try again") from None
    raise DesktopError("there are launchers for Linux and Windows only; start main.py from a terminal")
