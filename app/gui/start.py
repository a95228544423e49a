"""Opens the window, and ends with it: by its close button, by Ctrl+C, or because the program is told to end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.gui import display, preferences, qt_log, theme
from app.gui.services import real_services
from app.gui.session import Session
from app.gui.session_types import Services
from app.gui.window import MainWindow
from app.settings import Options


def run_window(options: Options, services: Services | None = None) -> bool:
    """Open the window and stay until it is closed; whether a signal (Ctrl+C, SIGTERM) closed it.

    Raises DisplayError where no window can be opened, and AppError where what the command line asked for failed: its
    source, model, recording or export.
    """
    display.prepare_display()
    qt_log.install()
    # The message over the 3D view is a window of the display's own; the panels beside it need not become any.
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontCreateNativeWidgetSiblings)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("V2V hand tracking")
    kept = preferences.load()
    theme.apply(application, kept.look)
    options = kept.completed(options)
    with _closing_on_signals(application) as signals:
        session = Session(options, services or real_services(options))
        session.start()
        window = MainWindow(session, options, kept)
        window.show()
        if signals:  # before there was a window to close
            QTimer.singleShot(0, window.close)
        try:
            application.exec()
        finally:
            window.close()
    fatal = window.fatal or session.view().fatal
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if fatal is not None:
        raise fatal
    return bool(signals)


@contextmanager
def _closing_on_signals(application: QApplication) -> Iterator[list[int]]:
    """Within, Ctrl+C in the terminal and being told to end close the windows; the signals that came.

    They do so from the event loop, because Python may see a signal in mid-painting; one that comes before the loop
    runs waits for it. The window's poll timer is what lets Python see a signal at all.
    """
    came: list[int] = []

    def close(number: int, _frame: object) -> None:
        came.append(number)
        QTimer.singleShot(0, application.closeAllWindows)

    previous = {number: signal.signal(number, close) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
