"""Small widgets that several panels use."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

NOTICE_MS = 8000
"""How long a message stays that asks for nothing."""
_BANNER_MARGIN = 12
_BANNER_BORDERS = 4  # the style's, above and below the row, with a pixel of air at each


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
        strip.setFixedHeight(36)
        strip.setLayout(self.header)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(1, 0, 1, 1)
        self.body.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(strip)
        column.addLayout(self.body, 1)


class Panel(QWidget):
    """What can be closed and moved: `header` takes widgets for the right end of its title line, `body` the rest.

    scrolls: whether it scrolls where there is too little room, or gets smaller.
    """

    def __init__(self, title: str, scrolls: bool = False) -> None:
        super().__init__()
        self.title, self.scrolls = title, scrolls
        self.header = QHBoxLayout()
        self.header.setSpacing(8)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)

    @property
    def is_seen(self) -> bool:
        """Whether any of it is on the screen. Qt leaves panels visible that are behind another one's tab."""
        return self.isVisible() and not self.visibleRegion().isEmpty()


class Banner(QFrame):
    """A message that lies over the lower edge of a panel, with a button for the way out and one that closes it.

    It takes no room of its own, so that nothing moves when it comes. It is a window of the display's own, because
    the 3D view is one too, and would cover it otherwise. Messages of the level "info" go by themselves.
    """

    action_clicked = Signal()
    show_clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_DontCreateNativeAncestors)
        self.setAttribute(Qt.WidgetAttribute.WA_NativeWindow)
        self._topic, self._is_over = "", False
        self._over: QWidget | None = None
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self.action_button = QPushButton()
        self.action_button.clicked.connect(self.action_clicked)
        self.show_button = QPushButton("Show file")
        self.show_button.clicked.connect(self.show_clicked)
        self.close_button = QToolButton()
        self.close_button.setObjectName("close")
        self.close_button.setText("×")
        self.close_button.setToolTip("Close this message (Esc)")
        self.close_button.clicked.connect(self.dismiss)
        self._timer = QTimer(self, singleShot=True, interval=NOTICE_MS)
        self._timer.timeout.connect(self.dismiss)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 7, 8, 7)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self.action_button)
        self._row.addWidget(self.show_button)
        self._row.addWidget(self.close_button)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while hidden."""
        return "" if self.isHidden() else self._text.text()

    def lie_over(self, widget: QWidget) -> None:
        """Take the place along the lower edge of this widget, now and after every change."""
        self._over = widget
        widget.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            QTimer.singleShot(0, self._place)  # once its neighbours have their new places, too
        return super().eventFilter(watched, event)

    def say(self, text: str, level: str = "bad", button: str = "", topic: str = "", is_file: bool = False) -> None:
        """Show `text`, or hide where it is empty. level: "bad", "warn" or "info". is_file: there is a file to show.

        topic: what it is about, by default the text itself. A closed message stays closed until the topic changes.
        """
        topic = topic or text
        if topic != self._topic:
            self._topic, self._is_over = topic, False
            self._timer.stop()
            if text and level == "info":
                self._timer.start()
        shown = bool(text) and not self._is_over
        if shown and (text != self._text.text() or button != self.action_button.text() or self.isHidden()):
            self._text.setText(text)
            self.action_button.setText(button)
            self.action_button.setVisible(bool(button))
            self.show_button.setVisible(is_file)
            restyle(self, "level", level)
            self._place()
        if shown and self.isHidden():
            self.show()
            self.raise_()
        self.setVisible(shown)

    def dismiss(self) -> None:
        """Close the message."""
        self._is_over = True
        self.hide()

    def _place(self) -> None:
        parent = self.parentWidget()
        if self._over is None or parent is None:
            return
        corner = self._over.mapTo(parent, self._over.rect().bottomLeft())
        width = self._over.width() - 2 * _BANNER_MARGIN
        height = max(self._row.heightForWidth(width), self._row.minimumSize().height()) + _BANNER_BORDERS
        self.setGeometry(corner.x() + _BANNER_MARGIN, corner.y() - height - _BANNER_MARGIN, width, height)
        self.raise_()
