"""Small widgets that several panels use."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget


def restyle(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet selects by, and apply it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def label(text: str, name: str = "", tooltip: str = "") -> QLabel:
    """A label with the style sheet's name for its look: title, muted, caption, value, big."""
    result = QLabel(text)
    result.setObjectName(name)
    result.setToolTip(tooltip)
    result.setTextFormat(Qt.TextFormat.PlainText)
    return result


class ElidedLabel(QLabel):
    """A label of one line that ends in an ellipsis where there is no room, with the whole text as its tooltip."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self._whole = ""
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_whole_text(self, text: str) -> None:
        if text != self._whole:
            self._whole = text
            self.setToolTip(text)
            self._elide()

    def resizeEvent(self, event: object) -> None:  # noqa: N802  Qt's name
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, self.width()))


class Pill(QLabel):
    """A short state in a rounded, coloured field. level: "", "good", "warn" or "bad"."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pill")
        self.setTextFormat(Qt.TextFormat.PlainText)

    def say(self, text: str, level: str = "") -> None:
        if text != self.text():
            self.setText(text)
        self.setVisible(bool(text))
        restyle(self, "level", level)


class Card(QFrame):
    """A panel with a title line; `header` takes widgets for its right end, `body` what it is for."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.header = QHBoxLayout()
        self.header.setContentsMargins(12, 0, 8, 0)
        self.header.setSpacing(8)
        self.header.addWidget(label(title, "title"))
        self.header.addStretch(1)
        strip = QWidget()
        strip.setFixedHeight(40)
        strip.setLayout(self.header)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(1, 0, 1, 1)
        self.body.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(strip)
        column.addLayout(self.body, 1)


class Banner(QFrame):
    """One line over the whole width that says what is wrong, with a button for the way out."""

    action_clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._button = QPushButton()
        self._button.clicked.connect(self.action_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 7, 8, 7)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while hidden."""
        return "" if self.isHidden() else self._text.text()

    def say(self, text: str, level: str = "bad", button: str = "") -> None:
        """Show `text`, or hide where it is empty. level: "bad", "warn" or "info"."""
        if text:
            self._text.setText(text)
            self._button.setText(button)
            self._button.setVisible(bool(button))
            restyle(self, "level", level)
        self.setVisible(bool(text))
