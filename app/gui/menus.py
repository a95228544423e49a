"""The menu bar: everything that the window can do, with its keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from app.gui.playback_bar import PlaybackBar
from app.gui.theme import LOOKS, Look
from app.gui.toolbar import Toolbar
from app.settings import HAND_CHOICES, MODELS


class Menus(QMenuBar):
    """Shows the actions of the bars under their subjects, and a few that have no button.

    Knows nothing of what they do: the window connects those that are its attributes.
    panels: show and close the panels. recent: gives the names to offer under "Open recent". open_recent: opens one.
    """

    def __init__(
        self,
        toolbar: Toolbar,
        playback: PlaybackBar,
        panels: Sequence[QAction],
        recent: Callable[[], Iterable[str]],
        open_recent: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._toolbar, self._recent, self._open_recent = toolbar, recent, open_recent
        self.export = self._action("Export…", "Ctrl+E")
        self.picture = self._action("Save a picture…", "Ctrl+Shift+S")
        self.model_file = self._action("A network of your own…", "")
        self.close_window = self._action("Quit", "Ctrl+Q")
        self.full_screen = self._action("Full screen", "F11", checkable=True)
        self.from_camera = self._action("From the camera", "1")
        self.from_side = self._action("From the side", "2")
        self.from_above = self._action("From above", "3")
        self.cube = self._action("Cube and axes", "C", checkable=True)
        self.reset_panels = self._action("Panels as at first", "")
        self.names = self._action("Finger names", "N", checkable=True)
        self.kiosk = self._action("Show for visitors", "Ctrl+K", checkable=True)
        self.both_hands = self._action("Both hands", "B", checkable=True)
        self.commands = self._action("Search commands…", "Ctrl+Shift+P")
        self.keys = self._action("Keys", "F1")
        self.report = self._action("Report for a bug…", "")
        self.about = self._action("About", "")
        self._make_file_menu()
        self._fill("&Playback", (toolbar.play, toolbar.loop, None, *playback.playback_actions))
        self.tracking_menu = tracking = self._fill(
            "&Tracking", (*self._hand_actions(), None, self.both_hands, toolbar.smoothing)
        )
        tracking.aboutToShow.connect(self._show_hand)
        self._add_models(tracking)
        views = (self.from_camera, self.from_side, self.from_above)
        self.view_menu = self._fill("&View", (toolbar.follow, toolbar.reset, *views, None, self.cube, self.names))
        self.panel_menu = QMenu("Panels", self)
        self._add(self.panel_menu, (*panels, None, self.reset_panels))
        self.view_menu.addMenu(self.panel_menu)
        self._add_looks()
        self._add(self.view_menu, (None, self.full_screen, self.kiosk))
        self._fill("&Help", (self.commands, self.keys, None, self.report, self.about))

    def _make_file_menu(self) -> None:
        bar = self._toolbar
        self.recent_menu = QMenu("Open recent", self)
        self.recent_menu.aboutToShow.connect(self._list_recent)
        menu = self._fill("&File", (bar.open_file, bar.open_folder))
        menu.addMenu(self.recent_menu)
        source = menu.addAction("Sources and cameras…")
        source.triggered.connect(bar.open_source_menu)
        self._add(
            menu, (bar.simulate, bar.bundled, bar.two_hands, bar.refresh, None, bar.record, self.export, self.picture)
        )
        self._add(menu, (None, self.close_window))

    def _add_models(self, tracking: QMenu) -> None:
        self._model_group = QActionGroup(self)
        menu = tracking.addMenu("Network")
        self.models: dict[str, QAction] = {}
        for name in MODELS:
            self.models[name] = self._model_group.addAction(menu.addAction(name.capitalize()))
            self.models[name].setCheckable(True)
        menu.addAction(self.model_file)

    def show_model(self, model: str) -> None:
        """Mark the network that is chosen, by its word or file."""
        for name, action in self.models.items():
            action.setChecked(name == model)
        own = Path(model).name if model not in self.models else ""
        self.model_file.setText(f"A network of your own: {own}…" if own else "A network of your own…")

    def _add_looks(self) -> None:
        self._look_group = QActionGroup(self)
        menu = self.view_menu.addMenu("Appearance")
        self.looks: dict[Look, QAction] = {}
        for look, text in zip(LOOKS, ("As the system's", "Dark", "Light")):
            self.looks[look] = self._look_group.addAction(menu.addAction(text))
            self.looks[look].setCheckable(True)
        self.looks[LOOKS[0]].setChecked(True)

    @property
    def all_menus(self) -> list[QMenu]:
        """Those of the bar, from left to right."""
        return [menu for action in self.actions() if isinstance(menu := action.menu(), QMenu)]

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
