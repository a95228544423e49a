"""The menu of Linux desktops: files under ~/.local/share, as the XDG specifications name them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.desktop.launcher import COMMENT, IDENTITY, NAME, SUFFIXES, Launcher
from models.outputs import write_whole

_MIME_TYPES = {suffix: f"application/x-depth-recording-{suffix[1:]}" for suffix in SUFFIXES}
_CACHES = (("update-desktop-database", "applications"), ("update-mime-database", "mime"))


def data_home(environment: Mapping[str, str] = os.environ) -> Path:
    """The user's folder for what programs bring."""
    named = environment.get("XDG_DATA_HOME", "")
    return Path(named) if named else Path(environment.get("HOME", "~")).expanduser() / ".local" / "share"


def install(launcher: Launcher) -> list[str]:
    """Write launcher, icon and file types; their paths. OSError where one cannot be written."""
    contents = _contents(launcher)
    for path, text in zip(_paths(), contents):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    _tell_desktop()
    return [f"written  {path}" for path in _paths()]


def uninstall() -> list[str]:
    """Remove them; the paths of those that were there. OSError where one cannot be removed."""
    found = [path for path in _paths() if path.exists()]
    for path in found:
        path.unlink()
    _tell_desktop()
    return [f"removed  {path}" for path in found]


def _paths() -> tuple[Path, Path, Path]:
    home = data_home()
    return (
        home / "applications" / f"{IDENTITY}.desktop",
        home / "icons" / "hicolor" / "scalable" / "apps" / f"{IDENTITY}.svg",
        home / "mime" / "packages" / f"{IDENTITY}.xml",
    )


def _contents(launcher: Launcher) -> tuple[str, str, str]:
    entry = f"""[Desktop Entry]
Type=Application
Version=1.0
Name={NAME}
Comment={COMMENT}
Icon={IDENTITY}
Exec={quoted(launcher.command)} %f
Terminal=false
Categories=Science;
Keywords=depth;camera;RealSense;hand;pose;
MimeType={"".join(f"{name};" for name in _MIME_TYPES.values())}
"""
    types = "".join(
        f'  <mime-type type="{name}">\n    <comment>Depth recording</comment>\n    <glob pattern="*{suffix}"/>\n'
        "  </mime-type>\n"
        for suffix, name in _MIME_TYPES.items()
    )
    mime = f"""<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
{types}</mime-info>
"""
    return entry, launcher.icon, mime


def quoted(command: Sequence[str]) -> str:
    """A command as the key Exec takes it: every argument in quotes, what has a meaning there escaped."""
    return " ".join(f'"{_escaped(argument)}"' for argument in command)


def _escaped(argument: str) -> str:
    # Twice: quotes of Exec first, then backslashes, which every string of such a file doubles.
    for special in '\\"`$':
        argument = argument.replace(special, f"\\{special}")
    return argument.replace("\\", "\\\\").replace("%", "%%")


def _tell_desktop() -> None:
    """Let the desktop read its folders again; where there is no such command it does so by itself."""
    for command, folder in _CACHES:
        found = shutil.which(command)
        if found is not None and (data_home() / folder).is_dir():
            subprocess.run([found, str(data_home() / folder)], capture_output=True, check=False, timeout=60)
