"""The panel that shows the angles of the newest pose's joints, its grips and its gesture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout

from app.gui import theme
from app.gui.hand_panel import Bar
from app.gui.parts import Panel, label, restyle
from models.core.hand_state.angles import ANGLE
from models.core.hand_state.gestures import Gesture
from models.core.hand_state.state import HandState, HandStates
from models.core.skeleton import FINGERS, HAND
from models.core.types import Pose

_FLEXION_DEG, _ABDUCTION_DEG, _THUMB_DEG = (0.0, 110.0), (-10.0, 30.0), (-20.0, 130.0)
_FINGERS = {
    "MCP": ("mcp_flexion", _FLEXION_DEG),
    "Abd.": ("mcp_abduction", _ABDUCTION_DEG),
    "PIP": ("pip_flexion", _FLEXION_DEG),
    "DIP": ("dip_flexion", _FLEXION_DEG),
}
_THUMB = {
    "Palmar": ("cmc_palmar_abduction", _THUMB_DEG),
    "Opp.": ("opposition", _THUMB_DEG),
    "MCP": ("mcp_flexion", _FLEXION_DEG),
    "IP": ("ip_flexion", _FLEXION_DEG),
}
"""Columns by their heading: an angle's name without its finger, and the degrees where its bar is empty and full."""


class AnglesPanel(Panel):
    """A bar and degrees for each joint. Nothing is computed while it is hidden."""

    def __init__(self) -> None:
        super().__init__("Joint angles", scrolls=True)
        self._states = HandStates()
        self.gesture = label("", "muted", "What the hand shows")
        self.header.addWidget(self.gesture)
        self._bars: dict[str, tuple[Bar, QLabel, tuple[float, float]]] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(1)
        self._add_block(_FINGERS, FINGERS[:4])
        self._add_block(_THUMB, FINGERS[4:])
        column = QVBoxLayout()
        column.setContentsMargins(14, 0, 14, 10)
        column.addLayout(self._grid)
        column.addStretch(1)
        self.body.addLayout(column)
        self._stale = False
        self._show(None)

    def show_pose(self, pose: Pose | None, time_s: float) -> None:
        """time_s: when the frame of the pose was taken, on the source's clock."""
        if self.is_seen:
            self._show(self._states.next(pose, time_s))

    def set_stale(self, stale: bool) -> None:
        """Dim everything: it is of the last picture, not of what the camera sees now."""
        if stale != self._stale:
            self._stale = stale
            for bar, text, _ in self._bars.values():
                bar.set_stale(stale)
                restyle(text, "stale", "yes" if stale else "")
            restyle(self.gesture, "stale", "yes" if stale else "")

    def _show(self, state: HandState | None) -> None:
        for name, (bar, text, (empty, full)) in self._bars.items():
            degrees = np.nan if state is None else float(state.angles.degrees[ANGLE[name]])
            bar.set_share(0.0 if np.isnan(degrees) else (degrees - empty) / (full - empty))
            text.setText("" if np.isnan(degrees) else f"{degrees:.0f}°")
            text.setToolTip("".join(self._told(name, state)))
        self.gesture.setText("" if state is None or state.gesture is Gesture.NONE else state.gesture.value)

    @staticmethod
    def _told(name: str, state: HandState | None) -> Iterator[str]:
        """The angle's whole name, and its standard deviation where there is one."""
        yield name.replace("_", " ").capitalize()
        if state is not None and state.angles.sd_deg is not None:
            yield f", ± {state.angles.sd_deg[ANGLE[name]]:.0f}°"

    def _add_block(self, columns: dict[str, tuple[str, tuple[float, float]]], fingers: tuple[str, ...]) -> None:
        """A line of headings, and a line for each finger: two columns of the grid, bar and degrees, for each angle."""
        top = self._grid.rowCount()
        for number, heading in enumerate(columns):
            self._grid.addWidget(label(heading, "caption"), top, 1 + 2 * number, 1, 2)
            self._grid.setColumnStretch(1 + 2 * number, 1)
        for row, finger in enumerate(fingers, start=top + 1):
            self._grid.addWidget(label(finger.capitalize(), "caption"), row, 0)
            color = theme.qcolor(HAND.colors[1 + FINGERS.index(finger)])
            for number, (angle, span_deg) in enumerate(columns.values()):
                bar, text = Bar(color), label("", "caption")
                bar.setMinimumWidth(16)
                text.setFixedWidth(29)
                self._grid.addWidget(bar, row, 1 + 2 * number, Qt.AlignmentFlag.AlignVCenter)
                self._grid.addWidget(text, row, 2 + 2 * number)
                self._bars[f"{finger}_{angle}"] = bar, text, span_deg
