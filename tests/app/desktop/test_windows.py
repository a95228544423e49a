"""The launcher under Windows, with stand-ins for the registry and for PowerShell."""

import subprocess
from pathlib import Path

import pytest

from app.desktop.launcher import Launcher
from app.desktop.windows import WindowsMenu
from app.errors import DesktopError

PROGRAM = Launcher((r"C:\it's here\pythonw.exe", r"C:\a folder\main.py", "--dialogs"), "<svg/>")


class FakeRegistry:
    """Keys with their values, as HKEY_CURRENT_USER has them."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}

    def set(self, key: str, name: str, value: str) -> None:
        self.values[key, name] = value

    def remove_value(self, key: str, name: str) -> bool:
        return self.values.pop((key, name), None) is not None

    def remove_tree(self, key: str) -> bool:
        below = [found for found in self.values if found[0] == key or found[0].startswith(key + "\\")]
        for found in below:
            del self.values[found]
        return bool(below)


@pytest.fixture
def menu(tmp_path):
    """A start menu in which PowerShell, a stand-in, makes the shortcut; `menu.scripts` is what it was told."""
    scripts: list[str] = []
    registry = FakeRegistry()

    def run(command: list[str]) -> None:
        scripts.append(command[-1])
        (tmp_path / "V2V hand tracking.lnk").touch()

    made = WindowsMenu(registry, tmp_path, run)
    made.scripts, made.registry = scripts, registry
    return made


def test_the_shortcut_starts_the_program(menu):
    menu.install(PROGRAM)
    assert r"$s.TargetPath = 'C:\it''s here\pythonw.exe'" in menu.scripts[0]
    assert r"""$s.Arguments = '"C:\a folder\main.py" --dialogs'""" in menu.scripts[0]
    assert menu.scripts[0].endswith("$s.Save()")


def test_recordings_open_with_the_program_and_keep_their_own_default(menu):
    menu.install(PROGRAM)
    values = menu.registry.values
    classes = "Software\\Classes"
    command = values[rf"{classes}\v2v-hand-tracking.recording\shell\open\command", ""]
    assert command == '"C:\\it\'s here\\pythonw.exe" "C:\\a folder\\main.py" --dialogs "%1"'
    for suffix in (".bag", ".db3"):
        assert (rf"{classes}\{suffix}\OpenWithProgids", "v2v-hand-tracking.recording") in values
        assert (rf"{classes}\{suffix}", "") not in values


def test_uninstalling_leaves_what_was_there_before(menu, tmp_path):
    key = r"Software\Classes\.bag\OpenWithProgids"
    menu.registry.set(key, "another.program", "")
    menu.install(PROGRAM)
    assert len(menu.uninstall()) == 2
    assert menu.registry.values == {(key, "another.program"): ""}
    assert not list(tmp_path.iterdir())
    assert menu.uninstall() == []


def test_a_shortcut_that_cannot_be_made_is_one_line(tmp_path):
    def run(command: list[str]) -> None:
        raise subprocess.CalledProcessError(1, command[:1])

    registry = FakeRegistry()
    with pytest.raises(DesktopError, match="shortcut cannot be made"):
        WindowsMenu(registry, Path(tmp_path), run).install(PROGRAM)
    assert not registry.values
