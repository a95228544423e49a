"""Makes the window as it was left, and keeps how it is left."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMainWindow

from app.gui import preferences
from app.gui.docks import Docks
from app.gui.menus import Menus
from app.gui.preferences import Preferences
from app.gui.session import Session
from app.gui.toolbar import Toolbar
from app.gui.viewer_panel import ViewerPanel

SIZE = QSize(1280, 760)
FRAME = QSize(12, 40)  # what a desktop may put around a window


class WindowPreferences:
    """Between what is remembered, `kept`, and the parts of a window."""

    def __init__(
        self, window: QMainWindow, kept: Preferences, session: Session, toolbar: Toolbar, menus: Menus
    ) -> None:
        self._window, self._kept, self._session, self._toolbar, self._menus = window, kept, session, toolbar, menus

    def take(self, viewer: ViewerPanel, docks: Docks) -> None:
        """Size and switches as they were left, the size within the screen."""
        kept, session = self._kept, self._session
        room = self._window.screen().availableSize() - FRAME
        size = QSize(kept.width, kept.height) if kept.width and kept.height else SIZE
        self._window.resize(size.boundedTo(room))
        smoothing = session.options.smoothing is not False
        self._toolbar.show_settings(session.loop, smoothing, session.options.hand, kept.follow)
        viewer.set_follows_hand(kept.follow)
        self._menus.cube.setChecked(kept.cube)
        docks.restore(kept.panels)
        self._menus.names.setChecked(kept.names)
        self._menus.looks[kept.look].setChecked(True)

    def keep(self, docks: Docks) -> None:
        """Remember how the window is now."""
        kept, window = self._kept, self._window
        if not window.isFullScreen() and not window.isMaximized():
            kept.width, kept.height = window.width(), window.height()
        kept.loop, kept.smoothing = self._session.loop, self._session.options.smoothing is not False
        kept.follow, kept.cube = self._toolbar.follow.isChecked(), self._menus.cube.isChecked()
        kept.panels, kept.person = docks.state(), self._session.options.person
        kept.names = self._menus.names.isChecked()
        preferences.save(kept)
