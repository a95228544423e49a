"""What the panel of the depth image shows by choice, and whether the camera's colours are wanted for it."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from app.gui.depth_panel import DepthPanel, Pictures
from app.gui.preferences import Preferences
from app.gui.session import Session
from app.gui.session_types import SessionView
from app.pipeline import Phase
from app.sources.camera_settings import ColorStream
from app.viewer.shown import Coloring


class DepthChoices(QObject):
    """Adds a menu to the view menu. kept: holds what is chosen here, and the colours of the 3D view."""

    def __init__(self, menu: QMenu, panel: DepthPanel, kept: Preferences, session: Session) -> None:
        super().__init__(menu)
        self._panel, self._kept, self._session = panel, kept, session
        self._asked = 0
        self._still_colored = self.wants_color
        choices, group = QMenu("Depth image", menu), QActionGroup(self)
        self.pictures: dict[Pictures, QAction] = {}
        for pictures in Pictures:
            action = self.pictures[pictures] = QAction(pictures.value, self, checkable=True)
            action.triggered.connect(lambda _checked=False, pictures=pictures: self.show_pictures(pictures))
            group.addAction(action)
            choices.addAction(action)
        choices.addSeparator()
        self.zoom = QAction("Zoom to the hand", self, checkable=True, shortcut=QKeySequence("Z"))
        self.zoom.toggled.connect(self._set_zoom)
        choices.addAction(self.zoom)
        menu.insertMenu([action for action in menu.actions() if action.isSeparator()][1], choices)
        panel.pictures.activated.connect(lambda row: self.show_pictures(panel.pictures.itemData(row)))
        self.show_pictures(Pictures[kept.pictures])
        self.zoom.setChecked(kept.zoom)

    def show_pictures(self, pictures: Pictures) -> None:
        """The depth image, the colour picture, or both."""
        self._kept.pictures = pictures.name
        self.pictures[pictures].setChecked(True)
        self._panel.pictures.setCurrentIndex(list(Pictures).index(pictures))
        self._panel.view.pictures = pictures
        self._panel.view.update()

    def _set_zoom(self, zooms: bool) -> None:
        self._kept.zoom = zooms
        self._panel.view.zooms = zooms

    @property
    def wants_color(self) -> bool:
        """Whether anything shows the camera's colours."""
        return self._kept.coloring == Coloring.CAMERA.name or self._kept.pictures != Pictures.DEPTH.name

    def look(self, view: SessionView) -> None:
        """Have colours sent while they are wanted, and only then: the camera is opened again for it, once a change."""
        self._session.camera.set_color(self.wants_color)
        color = ColorStream.NONE if view.camera is None else view.camera.color
        is_colored_file = view.info is not None and view.info.has_color
        self._panel.pictures.setVisible(color is not ColorStream.NONE or is_colored_file)
        if is_colored_file:
            self._show_still(view)
        differs = color is (ColorStream.OFF if self.wants_color else ColorStream.ON)
        if differs and view.generation != self._asked:
            self._asked = view.generation
            self._session.reopen()

    def _show_still(self, view: SessionView) -> None:
        """Have the frame at which a recording stands sent again, with its colours or without, once a change."""
        is_still = view.state.phase in (Phase.PAUSED, Phase.ENDED)
        if self.wants_color == self._still_colored and is_still:
            return
        self._still_colored = self.wants_color
        playback = self._session.playback
        if is_still and view.latest is not None and view.latest.frame.index is not None and playback is not None:
            playback.seek(view.latest.frame.index)
