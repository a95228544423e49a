"""The menu of Windows: a shortcut in the start menu, and file types in the user's part of the registry."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from app.desktop.launcher import COMMENT, IDENTITY, NAME, SUFFIXES, Launcher
from app.errors import DesktopError

CLASSES = r"Software\Classes"
TYPE = f"{IDENTITY}.recording"


class Registry(Protocol):
    """The user's part of the registry (HKEY_CURRENT_USER), or a stand-in. Keys are paths with backslashes."""

    def set(self, key: str, name: str, value: str) -> None:
        """Make the key and give it a value; name: "" for its default."""

    def remove_value(self, key: str, name: str) -> bool:
        """Whether it was there."""
        ...

    def remove_tree(self, key: str) -> bool:
        """Whether it was there."""
        ...


class WindowsMenu:
    """menu: folder of the start menu. run: executes a command; CalledProcessError or OSError where that fails."""

    def __init__(self, registry: Registry, menu: Path, run: Callable[[list[str]], object]) -> None:
        self._registry, self._run = registry, run
        self._shortcut = menu / f"{NAME}.lnk"

    @classmethod
    def of_this_user(cls) -> WindowsMenu:
        from app.desktop.registry import UserRegistry

        menu = Path(os.environ["APPDATA"]) / "Microsoft" / "Windows" / "Start Menu" / "Programs"
        return cls(UserRegistry(), menu, lambda command: subprocess.run(command, check=True, capture_output=True))

    def install(self, launcher: Launcher) -> list[str]:
        """Make the shortcut and offer the program for recordings; what was made."""
        self._make_shortcut(launcher)
        command = subprocess.list2cmdline(launcher.command)
        self._registry.set(rf"{CLASSES}\{TYPE}", "", "Depth recording")
        self._registry.set(rf"{CLASSES}\{TYPE}\shell\open\command", "", f'{command} "%1"')
        for suffix in SUFFIXES:
            self._registry.set(rf"{CLASSES}\{suffix}\OpenWithProgids", TYPE, "")
        return [f"written  {self._shortcut}", f"offered for {', '.join(SUFFIXES)}"]

    def uninstall(self) -> list[str]:
        """Remove both; what was there."""
        lines = []
        if self._shortcut.exists():
            self._shortcut.unlink()
            lines.append(f"removed  {self._shortcut}")
        for suffix in SUFFIXES:
            self._registry.remove_value(rf"{CLASSES}\{suffix}\OpenWithProgids", TYPE)
        if self._registry.remove_tree(rf"{CLASSES}\{TYPE}"):
            lines.append(f"no longer offered for {', '.join(SUFFIXES)}")
        return lines

    def _make_shortcut(self, launcher: Launcher) -> None:
        program, *arguments = launcher.command
        values = {
            "TargetPath": program,
            "Arguments": subprocess.list2cmdline(arguments),
            "WorkingDirectory": str(Path.home()),
            "Description": COMMENT,
        }
        lines = [f"$s = (New-Object -ComObject WScript.Shell).CreateShortcut({_literal(str(self._shortcut))})"]
        lines += [f"$s.{name} = {_literal(value)}" for name, value in values.items()]
        self._shortcut.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._run(["powershell", "-NoProfile", "-NonInteractive", "-Command", "; ".join([*lines, "$s.Save()"])])
        except (OSError, subprocess.CalledProcessError) as error:
            raise DesktopError(f"{self._shortcut}: the shortcut cannot be made ({error})") from None


def _literal(text: str) -> str:
    """A text that PowerShell takes as it stands."""
    return "'" + text.replace("'", "''") + "'"
