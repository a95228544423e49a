"""Parts of the window by themselves, without a display: `python -m tests.app.gui.small_parts FOLDER`.

Each function is one part; what it returns is printed as JSON by its name, and looked at by test_small_parts.py.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QActionGroup, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox, QPushButton, QWidget

from app.gui import dialogs, error_dialog, help_dialogs, log_panel, report_control, theme
from app.gui.action_button import ActionButton
from app.gui.drops import Drops
from app.gui.playback_bar import SPEEDS, PlaybackBar
from app.gui.range_row import RangeRow
from app.settings import Options
from tests.reliability.own import allocated_bytes


def _typed(name: str) -> None:
    """What the user types into the next dialog for a file."""
    answer = staticmethod(lambda *_: (name, ""))
    QFileDialog.getSaveFileName = QFileDialog.getOpenFileName = answer
    QFileDialog.getExistingDirectory = staticmethod(lambda *_: name)


def _answer(button: QMessageBox.StandardButton) -> list[str]:
    """What the user answers to questions; the list fills with them."""
    asked: list[str] = []
    QMessageBox.question = staticmethod(lambda parent, title, text: (asked.append(text), button)[1])
    return asked


def targets(folder: Path) -> Any:
    """Typed name: where is written to, with what was asked, in a folder where there.db3 and there.csv exist."""
    (folder / "there.db3").touch()
    (folder / "there.csv").touch()
    parent, found = QWidget(), {}
    yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
    for name, button in (("new", no), ("there", no), ("there", yes), ("there.db3", no), ("a.BAG", no), ("", no)):
        for what, choose in (
            ("recording", dialogs.choose_recording_target),
            ("poses", lambda parent: dialogs.choose_export_target(parent, "poses", ".csv")),
        ):
            asked = _answer(button)
            _typed(str(folder / name) if name else "")
            path = choose(parent)
            found[f"{what} {name} {button.name}"] = [path.name if path else None, asked]
    return found


def sources(folder: Path) -> Any:
    found = []
    for name in (str(folder / "a.bag"), ""):
        _typed(name)
        for choose in (dialogs.choose_recording, dialogs.choose_folder, dialogs.choose_model):
            path = choose(QWidget())
            found.append(path.name if path else None)
    return found


def drops(folder: Path) -> Any:
    """What hangs over a window and is dropped."""
    window, said = QWidget(), []
    part = Drops(window)
    part.hangs.connect(lambda hangs: said.append(hangs))
    part.dropped.connect(lambda path: said.append(Path(path).name))
    (folder / "film.bag").touch()
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    for url in (QUrl.fromLocalFile(str(folder / "film.bag")), QUrl.fromLocalFile("a.txt"), QUrl("https://a.b/c.bag")):
        data, action = QMimeData(), Qt.DropAction.CopyAction
        data.setUrls([url])
        for end in (QDragLeaveEvent(), QDropEvent(QPointF(1, 1), action, data, left, none)):
            enter = QDragEnterEvent(QPointF(1, 1).toPoint(), action, data, left, none)
            QApplication.sendEvent(window, enter)
            said.append("taken" if enter.isAccepted() else "refused")
            QApplication.sendEvent(window, end)
    return said


def depths(folder: Path) -> Any:
    """The nearest and farthest depth, after each change."""
    row, said = RangeRow(), []
    row.chosen.connect(lambda near, far: said.append([round(near, 2), round(far, 2)]))
    row.show_range(0.2, 1.0)
    for number, value in ((row.far, 0.5), (row.near, 0.7), (row.far, 0.3), (row.near, 10.0), (row.far, 0.05)):
        number.setValue(value)
    return said


def report(folder: Path) -> Any:
    """What is said of a report that can be written, of one that cannot, and of one that was not wanted."""
    said: list[list[str]] = []
    parent = QWidget()
    control = report_control.ReportControl(parent, Options(), lambda message: said.append([message.level]))
    action = QAction()
    control.offer(action)
    (folder / "file").touch()
    for name in ("report.txt", "file/report.txt", ""):
        _typed(str(folder / name) if name else "")
        count = len(said)
        action.trigger()
        while name and len(said) == count:
            QApplication.processEvents()
    return [*said, "Python" in (folder / "report.txt").read_text()]


def log(folder: Path) -> Any:
    """The lines of the panel; the terminal's handler keeps to warnings."""
    terminal = logging.StreamHandler(open(folder / "terminal", "w"))  # noqa: SIM115 - as long as the process
    logging.getLogger().addHandler(terminal)
    lines = log_panel.keep_log()
    panel = log_panel.LogPanel(lines)
    panel.show()
    logging.getLogger("app.part").info("opened")
    logging.getLogger("app.part").warning("broke")
    QApplication.processEvents()
    panel.look()
    panel.look()
    panel.copy_button.click()
    copied = QGuiApplication.clipboard().text().splitlines()
    return [[line.split(" ", 1)[1] for line in copied], (folder / "terminal").read_text().split()]


def help_pages(folder: Path) -> Any:
    """The rows of the list of keys, and what the page of versions copies."""
    actions = [QAction("Play"), QAction("Search…"), QAction("Search…")]
    for action, keys in zip(actions, ("", "Ctrl+F", "Ctrl+F")):
        action.setShortcut(keys)
    parent = QWidget()
    keys = [label.text() for label in help_dialogs.keys_dialog(parent, actions).findChildren(QLabel)]
    about = help_dialogs.about_dialog(parent, "the processor")
    next(button for button in about.findChildren(QPushButton) if button.text() == "Copy").click()
    return [keys, QGuiApplication.clipboard().text().splitlines()]


def error(folder: Path) -> Any:
    """What an error's box says."""
    shown: list[str] = []
    QMessageBox.exec = lambda box: shown.append(box.text())
    error_dialog.show_error("<b>.bag: is empty")
    return shown


def speeds(folder: Path) -> Any:
    """What is asked for by the keys for slower and faster, from the slowest and the fastest speed on."""
    bar, said = PlaybackBar(QAction()), []
    bar.speed_chosen.connect(lambda speed: said.append(str(speed)))
    for speed in (min(SPEEDS), max(SPEEDS), 0.3):
        bar.show_speed(speed)
        said.append(bar.speed.text())
        for by in (-1, 1):
            bar._change_speed(by)
    return said


def buttons(folder: Path) -> Any:
    """What buttons of actions say, what pressing them does, and the bytes that a change of an action keeps."""
    choices = [QAction(name, checkable=True) for name in ("a", "b")]
    group = QActionGroup(choices[0])
    for action in choices:
        group.addAction(action)
    first, second = (ActionButton(action, 16) for action in choices)
    checked = []
    for pressed in (first, first, second):
        pressed.click()
        checked.append([first.isChecked(), second.isChecked(), choices[0].isChecked()])
    choices[0].setToolTip("says what it does")
    choices[0].setEnabled(False)
    kept = []
    for _ in range(2):
        before = allocated_bytes()
        for number in range(500):
            choices[1].setEnabled(bool(number % 2))
        kept.append((allocated_bytes() - before) / 500)
    same_icon = theme.icon("play").cacheKey() == theme.icon("play").cacheKey()
    return {"same_icon": same_icon, "checked": checked, "says": [first.toolTip(), first.isEnabled()], "kept": kept[-1]}


PARTS: tuple[Callable[[Path], Any], ...] = (
    targets,
    sources,
    drops,
    depths,
    report,
    log,
    help_pages,
    error,
    speeds,
    buttons,
)


def main(folder: Path) -> None:
    application = QApplication(sys.argv[:1])
    found = {}
    for part in PARTS:
        place = folder / part.__name__
        place.mkdir()
        found[part.__name__] = part(place)
    print(json.dumps(found))
    del application


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    main(Path(sys.argv[1]))
