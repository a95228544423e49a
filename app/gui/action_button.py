"""A button that does what an action does and looks as that says."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton


class ActionButton(QToolButton):
    """As QToolButton with a default action is, which in Qt 6.11 keeps 144 bytes at each change of its action.

    name: of its look in the style sheet.
    """

    def __init__(self, action: QAction, icon_px: int, name: str = "") -> None:
        super().__init__()
        self.action = action
        self.setObjectName(name)
        self.setIconSize(QSize(icon_px, icon_px))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._press)
        action.changed.connect(self._follow)
        self._follow()

    def _press(self) -> None:
        self.action.trigger()
        self._follow()  # it has checked itself, which the action may not have done

    def _follow(self) -> None:
        self.setText(self.action.iconText())
        self.setIcon(self.action.icon())
        self.setToolTip(self.action.toolTip())
        self.setCheckable(self.action.isCheckable())
        self.setChecked(self.action.isChecked())
        self.setEnabled(self.action.isEnabled())
