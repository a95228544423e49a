"""What the Help menu does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from app.gui.help_dialogs import about_dialog, keys_dialog
from app.gui.menus import Menus
from app.gui.messages import Message
from app.gui.report_control import ReportControl
from app.gui.status_bar import StatusBar
from app.settings import Options


def connect_help(
    window: QWidget, menus: Menus, status: StatusBar, options: Options, say: Callable[[Message], None]
) -> None:
    """Connect the entries of the Help menu. say: shows a message."""
    menus.keys.triggered.connect(lambda: keys_dialog(window, window.findChildren(QAction)).open())
    menus.about.triggered.connect(lambda: about_dialog(window, status.values["device"].text()).open())
    ReportControl(window, options, say).offer(menus.report)
