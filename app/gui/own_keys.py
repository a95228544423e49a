"""Keys that belong to the widget that has the keyboard, before they can be anybody's shortcut."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QWidget,
)

_PRESSES = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
)
_EDITS = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
_CHOSEN_FROM = (QAbstractItemView, QComboBox, QAbstractSpinBox)
"""Letters go to an entry of these that begins so, or are typed into them."""


class OwnKeys(QObject):
    """Space and Enter press a button, letters and arrows choose in a list or a number, arrows move a slider.

    For every widget of the application, whenever it gets the keyboard.
    """

    def __init__(self, parent: QObject, application: QApplication) -> None:
        super().__init__(parent)
        application.focusChanged.connect(self._watch)

    def _watch(self, _before: QWidget | None, now: QWidget | None) -> None:
        if isinstance(now, (QAbstractButton, QAbstractSlider, *_CHOSEN_FROM)):
            now.installEventFilter(self)  # once more is no more than once

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if not isinstance(event, QKeyEvent):
            return False
        held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if held != Qt.KeyboardModifier.NoModifier:
            return False
        if event.type() == QEvent.Type.ShortcutOverride and _is_own(watched, event):
            event.accept()
            return True
        is_press = event.type() == QEvent.Type.KeyPress and event.key() in _PRESSES[1:]
        if is_press and isinstance(watched, QAbstractButton):
            watched.click()
            return True
        return False


def _is_own(widget: QObject, event: QKeyEvent) -> bool:
    key = event.key()
    if isinstance(widget, QAbstractButton):
        return key in _PRESSES
    if isinstance(widget, QAbstractSlider):
        return key in _MOVES
    return key in (*_MOVES, *_EDITS, *_PRESSES) or event.text().isprintable() and bool(event.text())
