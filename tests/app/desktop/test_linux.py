"""The launcher under Linux: files in a home of the test's own, and nothing left of them."""

import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from configparser import ConfigParser
from pathlib import Path

import pytest

from app import cli
from app.desktop import linux
from app.desktop.launcher import MAIN, Launcher, this_program

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux desktops only")


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return tmp_path / ".local" / "share"


def files(folder: Path) -> set[str]:
    """What is there but for the caches that desktops make."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.name for path in found if path.name.startswith("v2v-hand-tracking")}


def entry(home: Path) -> dict[str, str]:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(home / "applications" / "v2v-hand-tracking.desktop", encoding="utf-8")
    return dict(parser["Desktop Entry"])


def test_the_launcher_starts_this_program_with_dialogs_and_a_recording(home, capsys):
    assert cli.main(["--install-desktop"]) == 0
    made = entry(home)
    *command, field = shlex.split(made["Exec"])
    assert command == [sys.executable, str(MAIN), "--dialogs"]
    assert field == "%f"
    assert made["Terminal"] == "false"
    assert str(home / "applications" / "v2v-hand-tracking.desktop") in capsys.readouterr().out


def test_the_file_types_of_the_launcher_are_those_that_are_declared(home):
    linux.install(this_program())
    root = ElementTree.parse(home / "mime" / "packages" / "v2v-hand-tracking.xml").getroot()
    declared = {
        child.get("type"): [glob.get("pattern") for glob in child if "pattern" in glob.attrib] for child in root
    }
    assert sorted(sum(declared.values(), [])) == ["*.bag", "*.db3"]
    assert entry(home)["MimeType"].strip(";").split(";") == list(declared)


def test_the_icon_is_a_picture_with_a_colour(home):
    linux.install(this_program())
    icon = home / "icons" / "hicolor" / "scalable" / "apps" / f"{entry(home)['Icon']}.svg"
    assert ElementTree.parse(icon).getroot().tag.endswith("svg")
    assert "currentColor" not in icon.read_text()


def test_installing_twice_is_as_once_and_uninstalling_leaves_nothing(home, capsys):
    for _ in range(2):
        assert cli.main(["--install-desktop"]) == 0
    assert len(files(home)) == 3
    assert cli.main(["--uninstall-desktop"]) == 0
    assert files(home) == set()
    capsys.readouterr()
    assert cli.main(["--uninstall-desktop"]) == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_another_folder_for_data_is_kept_to(home, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    linux.install(this_program())
    assert len(files(tmp_path / "data")) == 3
    assert not home.exists()


@pytest.mark.parametrize("name", ["with space", "100%", 'quo"te', "dollar$HOME", "back\\slash", "`tick`"])
def test_any_path_is_quoted_as_the_specification_asks(home, name):
    linux.install(Launcher((f"/opt/{name}/python", "main.py"), "<svg/>"))
    text = entry(home)["Exec"].replace("\\\\", "\\").replace("%%", "%")
    program = re.match(r'"((?:[^"\\]|\\.)*)" ', text).group(1)
    assert not re.search(r"(?<!\\)[`$]", program)
    assert re.sub(r"\\(.)", r"\1", program) == f"/opt/{name}/python"


def test_a_home_that_takes_no_files_is_one_line(home, tmp_path, capsys):
    (tmp_path / ".local").touch()
    assert cli.main(["--install-desktop"]) == 1
    error = capsys.readouterr().err
    assert ".local" in error
    assert error.count("\n") == 1


def test_the_entry_is_valid(home):
    import shutil

    validator = shutil.which("desktop-file-validate")
    if validator is None:
        pytest.skip("desktop-file-validate is not installed")
    linux.install(this_program())
    path = home / "applications" / "v2v-hand-tracking.desktop"
    done = subprocess.run([validator, path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
