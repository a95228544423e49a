"""Whether a window can be opened, found out before Qt tries: Qt ends the process where it cannot."""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from pathlib import Path

from app.errors import DisplayError
from app.viewer import x11

log = logging.getLogger(__name__)

_HEADLESS_HINT = "start from a desktop session, or run with --headless"


def prepare_display() -> None:
    """Choose Qt's platform and check that it opens. Call before QApplication is made and open3d imported.

    The 3D view can be embedded on X11 only, so X is taken on Wayland desktops too, where it is there (XWayland).
    Raises DisplayError where there is no display, it refuses, or a library that Qt needs is missing.
    """
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM", "xcb") not in ("", "xcb", "wayland"):
        return
    if x11.display_opens():
        os.environ["QT_QPA_PLATFORM"] = "xcb"
        os.environ["XDG_SESSION_TYPE"] = "x11"
        _check_xcb_plugin()
    elif _wayland_socket_exists():
        os.environ["QT_QPA_PLATFORM"] = "wayland"
    else:
        name = os.environ.get("DISPLAY", "")
        problem = f"the display {name} cannot be opened" if name else "there is no display (DISPLAY is not set)"
        raise DisplayError(f"{problem}; {_HEADLESS_HINT}")


def _wayland_socket_exists() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY", "")
    return bool(name) and (Path(os.environ.get("XDG_RUNTIME_DIR", "/run")) / name).exists()


def _check_xcb_plugin() -> None:
    """Load Qt's X11 plug-in as Qt will, so that a missing library becomes an error that names it."""
    import PySide6

    plugin = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if not plugin.exists():
        return
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        library = str(error).split(":")[0]
        raise DisplayError(
            f"Qt cannot load {library}; install the system package that brings it (apt-file or your distribution's "
            f"search finds it; on Debian and Ubuntu most are named libxcb-*), or run with --headless"
        ) from None
