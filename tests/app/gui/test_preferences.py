"""What the window remembers, and what it does with settings that it did not write."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from app.gui import preferences
from app.gui.preferences import MOST_RECENT, Preferences
from app.settings import Options


@pytest.fixture(autouse=True)
def file(tmp_path):
    """The settings file of this test alone."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    return tmp_path / "v2v-hand-tracking" / "window.ini"


def test_what_is_saved_comes_back():
    kept = Preferences(
        width=1000,
        height=650,
        folder="/a/b",
        loop=False,
        cube=True,
        panels="00ff",
        person="anna",
        recent=("/a/b/c.bag", "/d, e"),
    )
    preferences.save(kept)
    assert preferences.load() == kept
    preferences.save(Preferences(recent=("/one",)))
    assert preferences.load().recent == ("/one",)


def test_what_the_command_line_leaves_open_is_as_it_was_left_and_both_hands_are_followed_and_fitted():
    kept = Preferences(loop=False, smoothing=False)
    options = kept.completed(Options())
    assert (options.loop, options.smoothing, options.hands, options.fit) == (False, False, 2, True)
    said = Options(loop=True, smoothing=True, hands=1, fit=False)
    assert kept.completed(said) == said


def test_without_a_file_it_is_the_defaults(file):
    assert preferences.load() == Preferences()
    assert not file.exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version=6", "version=30"),
        ("version=6", ""),
        ("width=900", "width=wide"),
        ("width=900", "width=-900"),
        ("width=900", "width=999999999"),
        ("width=900", ""),
        ("loop=False", "loop=perhaps"),
        ("loop=False", "loop=1, 2"),
        ("recent=/a", "recent=@Variant(\\0\\0\\0\\x2\\0\\0\\0\\x1)"),
    ],
)
def test_settings_of_another_version_or_of_no_sense_are_ignored(file, old, new):
    preferences.save(Preferences(width=900, height=700, loop=False, recent=("/a",)))
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    assert preferences.load() == Preferences()


def test_bytes_that_are_no_settings_are_ignored(file):
    file.parent.mkdir()
    file.write_bytes(bytes(range(256)) * 4)
    assert preferences.load() == Preferences()


def test_a_place_that_takes_no_file_is_no_error(file):
    file.parent.write_text("in the way")
    preferences.save(Preferences(width=900, height=700))
    assert preferences.load() == Preferences()


def test_what_was_opened_is_listed_once_newest_first(tmp_path):
    kept = Preferences()
    for name in ("a", "b", "a", *(str(number) for number in range(MOST_RECENT))):
        kept.opened(tmp_path / name)
    assert [Path(name).name for name in kept.recent] == [str(n) for n in reversed(range(MOST_RECENT))]
    kept.opened(tmp_path / "3")
    assert Path(kept.recent[0]).name == "3"
    assert len(kept.recent) == MOST_RECENT
    assert kept.folder == str(tmp_path)
