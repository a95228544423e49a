"""The menu bar: everything that the window can do, with its keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from app.gui.playback_bar import PlaybackBar
from app.gui.toolbar import Toolbar
from app.settings import HAND_CHOICES


class Menus(QMenuBar):
    """Shows the actions of the bars under their subjects, and a few that have no button.

    Knows nothing of what they do: the window connects those that are its attributes.
    recent: gives the names to offer under "Open recent". open_recent: opens one of them.
    """

    def __init__(
        self,
        toolbar: Toolbar,
        playback: PlaybackBar,
        recent: Callable[[], Iterable[str]],
        open_recent: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._toolbar, self._recent, self._open_recent = toolbar, recent, open_recent
        self.export = self._action("Export…", "Ctrl+E")
        self.close_window = self._action("Quit", "Ctrl+Q")
        self.full_screen = self._action("Full screen", "F11", checkable=True)
        self.from_camera = self._action("From the camera", "1")
        self.from_side = self._action("From the side", "2")
        self.from_above = self._action("From above", "3")
        self.cube = self._action("Cube and axes", "C", checkable=True)
        self.angles = self._action("Joint angles", "A", checkable=True)
        self.names = self._action("Finger names", "N", checkable=True)
        self.kiosk = self._action("Show for visitors", "Ctrl+K", checkable=True)
        self.both_hands = self._action("Both hands", "B", checkable=True)
        self.keys = self._action("Keys", "F1")
        self.report = self._action("Report for a bug…", "")
        self.about = self._action("About", "")
        self._make_file_menu()
        self._fill("&Playback", (toolbar.play, toolbar.loop, None, *playback.playback_actions))
        tracking = self._fill("&Tracking", (*self._hand_actions(), None, self.both_hands, toolbar.smoothing))
        tracking.aboutToShow.connect(self._show_hand)
        views = (self.from_camera, self.from_side, self.from_above)
        self.view_menu = self._fill(
            "&View", (toolbar.follow, toolbar.reset, *views, None, self.cube, self.names, self.angles)
        )
        self._add(self.view_menu, (None, self.full_screen, self.kiosk))
        self._fill("&Help", (self.keys, self.report, self.about))

    def _make_file_menu(self) -> None:
        bar = self._toolbar
        self.recent_menu = QMenu("Open recent", self)
        self.recent_menu.aboutToShow.connect(self._list_recent)
        menu = self._fill("&File", (bar.open_file, bar.open_folder))
        menu.addMenu(self.recent_menu)
        source = menu.addAction("Sources and cameras…")
        source.triggered.connect(bar.open_source_menu)
        self._add(menu, (bar.simulate, bar.bundled, bar.two_hands, bar.refresh, None, bar.record, self.export))
        self._add(menu, (None, self.close_window))

    def _action(self, text: str, keys: str, checkable: bool = False) -> QAction:
        action = QAction(text, self, checkable=checkable)
        action.setShortcut(QKeySequence(keys))
        return action

    def _fill(self, title: str, actions: Iterable[QAction | None]) -> QMenu:
        menu = self.addMenu(title)
        self._add(menu, actions)
        return menu

    @staticmethod
    def _add(menu: QMenu, actions: Iterable[QAction | None]) -> None:
        """None stands for a line between."""
        for action in actions:
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)

    def _hand_actions(self) -> list[QAction]:
        self._hands = QActionGroup(self)
        for number, choice in enumerate(HAND_CHOICES, start=1):
            text = "Auto: the network decides" if choice == "auto" else f"{choice.capitalize()} hand"
            action = self._action(text, f"Ctrl+{number}", checkable=True)
            action.triggered.connect(lambda _checked=False, choice=choice: self._toolbar.choose_hand(choice))
            self._hands.addAction(action)
        return self._hands.actions()

    def _show_hand(self) -> None:
        for choice, action in zip(HAND_CHOICES, self._hands.actions()):
            action.setChecked(self._toolbar.hand_buttons[choice].isChecked())

    def _list_recent(self) -> None:
        self.recent_menu.clear()
        for name in self._recent():
            action = self.recent_menu.addAction(Path(name).name.replace("&", "&&"))
            action.setToolTip(name)
            action.triggered.connect(lambda _checked=False, name=name: self._open_recent(name))
        if self.recent_menu.isEmpty():
            self.recent_menu.addAction("Nothing yet").setEnabled(False)
        self.recent_menu.setToolTipsVisible(True)
