"""The large "Show your hand" over the 3D view while none is seen."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.gui.parts import restyle

SHOW, COME_BACK = "Show your hand", "The hand leaves the picture"
WAIT_S = 1.5
"""A hand may be gone for this long before anybody is asked for it."""


class CallToHand(QLabel):
    """Lies over the middle of a panel. Like the banner it is a window of the display's own, above the 3D view's."""

    def __init__(self, parent: QWidget, over: QWidget, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self.setObjectName("call")
        self.setAttribute(Qt.WidgetAttribute.WA_DontCreateNativeAncestors)
        self.setAttribute(Qt.WidgetAttribute.WA_NativeWindow)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._over, self._clock = over, clock
        self._missing_since_s: float | None = None
        self.hide()

    def look(self, is_missing: bool, is_leaving: bool) -> None:
        """Call with every look at the session: whether no hand is seen now, and whether one is hardly in view."""
        now_s = self._clock()
        if not is_missing and not is_leaving:
            self._missing_since_s = None
        elif self._missing_since_s is None:
            self._missing_since_s = now_s
        is_due = self._missing_since_s is not None and now_s - self._missing_since_s >= WAIT_S
        if is_leaving or is_due:
            self._say(COME_BACK if is_leaving else SHOW)
        else:
            self.hide()

    def make_large(self, large: bool) -> None:
        """For people who stand some steps away."""
        restyle(self, "large", "yes" if large else "")
        self.place()

    def place(self) -> None:
        """Go to where the panel is now."""
        parent = self.parentWidget()
        assert parent is not None
        self.adjustSize()
        middle = self._over.mapTo(parent, self._over.rect().center())
        # Above the middle: the message at the lower edge stays free.
        self.move(middle.x() - self.width() // 2, middle.y() - self._over.height() // 4 - self.height() // 2)

    def _say(self, text: str) -> None:
        if text != self.text() or self.isHidden():
            self.setText(text)
            self.place()
            self.show()
            self.raise_()
