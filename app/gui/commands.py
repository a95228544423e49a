"""Search over everything that the menus hold: type a few letters, press Enter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QListWidget, QListWidgetItem, QMenu, QVBoxLayout, QWidget

_WIDTH, _ROWS = 460, 12
_PASSED_ON = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
"""Keys that move through the list while the search has the keyboard."""


@dataclass(frozen=True, slots=True)
class Command:
    """An action with the menus that lead to it: "View, From above"."""

    path: str
    action: QAction

    @property
    def keys(self) -> str:
        return self.action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def commands_of(menus: Iterable[QMenu]) -> Iterator[Command]:
    """Whatever these menus and those in them offer now, in order; what cannot be used now is left out."""
    for menu in menus:
        menu.aboutToShow.emit()  # some are filled when they are opened
        title = menu.title().replace("&", "")
        for action in menu.actions():
            inner = action.menu()
            if isinstance(inner, QMenu):
                yield from (Command(f"{title}, {found.path}", found.action) for found in commands_of([inner]))
            elif not action.isSeparator() and action.isEnabled() and action.isVisible():
                text = action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")
                yield Command(f"{title}, {text}", action)


def matching(commands: Iterable[Command], typed: str) -> list[Command]:
    """Those that have every word that was typed, first those that a word of begins so."""
    words = typed.lower().split()

    def rank(command: Command) -> int:
        path = f" {command.path.lower()}"
        return sum(f" {word}" not in path for word in words)

    found = [command for command in commands if all(word in command.path.lower() for word in words)]
    return sorted(found, key=rank)


class CommandPalette(QDialog):
    """A line to type into, above what it finds. Enter does the chosen thing, Esc nothing."""

    def __init__(self, parent: QWidget, commands: Iterable[Command]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Commands")
        self.setFixedWidth(_WIDTH)
        self._commands = list(commands)
        self.line = QLineEdit(placeholderText="What do you want to do?", clearButtonEnabled=True)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(27 * _ROWS)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self.line.textChanged.connect(self._search)
        self.line.returnPressed.connect(self._do)
        self.list.itemClicked.connect(self._do)
        self.line.installEventFilter(self)
        self._search("")

    def _search(self, typed: str) -> None:
        self._found = matching(self._commands, typed)
        self.list.clear()
        for command in self._found:
            state = "✓ " if command.action.isCheckable() and command.action.isChecked() else ""
            item = QListWidgetItem(state + command.path)
            self.list.addItem(item)
            if command.keys:
                keys = QLabel(command.keys)
                keys.setObjectName("muted")
                keys.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                keys.setContentsMargins(0, 0, 10, 0)
                self.list.setItemWidget(item, keys)
        self.list.setCurrentRow(0)

    def _do(self) -> None:
        row = self.list.currentRow()
        self.accept()
        if 0 <= row < len(self._found):
            self._found[row].action.trigger()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _PASSED_ON:
            self.list.event(event)
            return True
        return False
