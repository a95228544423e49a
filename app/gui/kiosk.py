"""For fairs: full screen, the 3D view alone, large type, and a view that swings slowly when left alone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from app.gui.call_to_hand import CallToHand
from app.gui.docks import Docks
from app.gui.parts import restyle
from app.gui.viewer_panel import ViewerPanel

IDLE_S = 5.0
"""After the last touch of mouse or keyboard the view swings again."""
SWING_DEGREES, PERIOD_S = 25.0, 24.0
_TOUCHES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel, QEvent.Type.KeyPress)


class Kiosk(QObject):
    """Turns a window into a show and back. hidden: what else is in the window, besides the panels of `docks`."""

    def __init__(
        self,
        window: QWidget,
        viewer: ViewerPanel,
        call: CallToHand,
        hidden: Sequence[QWidget],
        docks: Docks,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(window)
        self._window, self._viewer, self._call, self._clock = window, viewer, call, clock
        self._hidden, self._docks = hidden, docks
        self.is_on = False
        self._touched_s = self._turned_s = clock()

    def switch(self, on: bool) -> None:
        """Begin or end the show; the window goes to the full screen and back."""
        self.is_on = on
        for part in self._hidden:
            part.setVisible(not on)
        self._docks.show_center_alone(on)
        restyle(self._viewer.state, "large", "yes" if on else "")
        self._viewer.show_hint(not on)
        self._call.make_large(on)
        application = QApplication.instance()
        assert application is not None
        if on:
            self._touched_s = self._turned_s = self._clock()
            application.installEventFilter(self)
            self._window.showFullScreen()
        else:
            application.removeEventFilter(self)
            self._window.showNormal()

    def turn(self) -> None:
        """Swing the view a little further. Call with every new picture, so that it is drawn no more often."""
        now_s = self._clock()
        before_s, self._turned_s = self._turned_s, now_s
        if self.is_on and now_s - self._touched_s >= IDLE_S:
            self._viewer.drift(_angle(now_s - self._touched_s - IDLE_S) - _angle(before_s - self._touched_s - IDLE_S))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if event.type() in _TOUCHES:
            self._touched_s = self._clock()
        return False


def _angle(time_s: float) -> float:
    """Degrees to the side at a time since the swing began."""
    return SWING_DEGREES * math.sin(2 * math.pi * max(time_s, 0.0) / PERIOD_S)
