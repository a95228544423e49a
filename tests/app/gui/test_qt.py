"""What is relied on in Qt and its bindings, and what the dialogs make of it."""

import ctypes
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, QUrl

from app.errors import DisplayError
from app.gui import display
from app.gui.dialogs import dropped_path, recording_path


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal since Python 3.12")
def test_the_bindings_keep_count_of_none():
    # PySide6 6.12.0 drops one reference in each call that returns None: after some seconds the process dies of it.
    thing, before = QObject(), sys.getrefcount(None)
    for _ in range(1000):
        thing.setObjectName("x")
    assert abs(sys.getrefcount(None) - before) < 100


def test_a_library_that_qt_misses_is_named(monkeypatch):
    def missing(_path: str) -> None:
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    with pytest.raises(DisplayError, match=r"libxcb-cursor\.so\.0.*--headless"):
        display._check_xcb_plugin()


@pytest.mark.parametrize("name", ["hand.bag", "hand.db3", "HAND.BAG", "hand.mcap"])
def test_a_dropped_recording_is_taken(tmp_path, name):
    assert dropped_path(mime_of(tmp_path / name)) == tmp_path / name


def test_a_dropped_folder_is_taken_and_anything_else_is_not(tmp_path):
    (tmp_path / "note.txt").touch()
    assert dropped_path(mime_of(tmp_path)) == tmp_path
    assert dropped_path(mime_of(tmp_path / "note.txt")) is None
    assert dropped_path(QMimeData()) is None
    web = QMimeData()
    web.setUrls([QUrl("https://example.org/hand.bag")])
    assert dropped_path(web) is None


@pytest.mark.parametrize(
    ("typed", "recorded"),
    [
        ("a.bag", "a.bag"),
        ("a.db3", "a.db3"),
        ("a.BAG", "a.bag"),
        ("a", "a.db3"),
        ("a.mp4", "a.mp4.db3"),
        ("1.5", "1.5.db3"),
    ],
)
def test_whatever_name_is_typed_is_recorded_as_a_recording(typed, recorded):
    assert recording_path(Path("folder") / typed) == Path("folder") / recorded


def mime_of(path: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data
