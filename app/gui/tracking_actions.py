"""The entries of the tracking menu, connected with the session."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.gui import dialogs
from app.gui.menus import Menus
from app.gui.person_menu import PersonMenu
from app.gui.session import Session
from app.gui.toolbar import Toolbar


def connect_tracking(window: QWidget, toolbar: Toolbar, menus: Menus, session: Session) -> None:
    """Let bar and menu choose hands, smoothing, network and person. window: parent of what asks."""
    toolbar.hand_chosen.connect(session.set_hand)
    toolbar.smoothing_changed.connect(session.set_smoothing)
    menus.both_hands.setChecked(session.options.hands == 2)
    menus.both_hands.toggled.connect(session.set_both_hands)
    toolbar.two_hands.triggered.connect(lambda: menus.both_hands.setChecked(True))
    for name, action in menus.models.items():
        action.triggered.connect(lambda _checked=False, name=name: session.change(model=name))
    menus.model_file.triggered.connect(lambda: _ask_for_model(window, session))
    menus.tracking_menu.aboutToShow.connect(lambda: menus.show_model(session.options.model))
    menus.tracking_menu.addMenu(PersonMenu(menus.tracking_menu, session, lambda: dialogs.ask_person(window)))


def _ask_for_model(window: QWidget, session: Session) -> None:
    path = dialogs.choose_model(window)
    if path is not None:
        session.change(model=str(path))
