"""What makes the window look at the session: often enough that no result waits, seldom enough to cost nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

GLANCE_MS = 5
"""A result waits for at most so long. Looking costs some 20 microseconds."""
POLL_MS = 30
"""Without a result the window looks at the session's state this often."""


class Pulse(QObject):
    """Calls `poll` when `news` gives another object than at the last call, and every POLL_MS without.

    A timer of the camera's own pace would beat against it: half the results would wait for the next look.
    """

    def __init__(self, parent: QObject, news: Callable[[], object], poll: Callable[[], None]) -> None:
        super().__init__(parent)
        self._news, self._poll = news, poll
        self._last: object = None
        self._polled_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)
        self._timer.start(GLANCE_MS)

    def stop(self) -> None:
        self._timer.stop()

    def _look(self) -> None:
        now_s, news = time.monotonic(), self._news()
        if news is not self._last or now_s - self._polled_s >= POLL_MS / 1000:
            self._last, self._polled_s = news, now_s
            self._poll()
