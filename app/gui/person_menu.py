"""The menu of the people whose hands' shapes are kept."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from app.gui.session import Session
from app.tracking.fit.person import known_people


class PersonMenu(QMenu):
    """Whose hand is tracked: nobody's in particular, a known person's, or somebody new's. For the main thread.

    ask: gives the name of somebody new, None where the user backs out. Filled each time it is opened.
    """

    def __init__(self, parent: QMenu, session: Session, ask: Callable[[], str | None]) -> None:
        super().__init__("Person", parent)
        self._session, self._ask = session, ask
        self.aboutToShow.connect(self._fill)
        parent.aboutToShow.connect(lambda: self.menuAction().setEnabled(bool(session.options.fit)))
        self.setToolTipsVisible(True)
        self.menuAction().setToolTip("The shape of this person's hand is kept, and taken from the start")

    def _fill(self) -> None:
        self.clear()
        chosen, known = self._session.options.person, known_people()
        self._group = QActionGroup(self)
        self._add("None", "", chosen)
        for name in sorted({*known, chosen} - {""}):
            self._add(name if name in known else f"{name} (not learned yet)", name, chosen)
        self.addSeparator()
        self.addAction("New…").triggered.connect(lambda: self._choose(self._ask()))

    def _add(self, text: str, name: str, chosen: str) -> None:
        action = self._group.addAction(self.addAction(text))
        action.setCheckable(True)
        action.setChecked(name == chosen)
        action.triggered.connect(lambda: self._choose(name))

    def _choose(self, name: str | None) -> None:
        if name is not None and name != self._session.options.person:
            self._session.change(person=name)
