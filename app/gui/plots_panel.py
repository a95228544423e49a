"""Live plots of the last seconds: where one joint is, and how long each stage of tracking takes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout

from app.gui import theme
from app.gui.colors import Colors
from app.gui.parts import Panel, label
from app.pipeline import Latest
from models.core.skeleton import HAND
from models.core.types import Pose

SPAN_S = 10.0
_KEPT = 1200
_EVERY_S = 0.1
_LATE = "shown_ms"
STAGES = {
    "detect_ms": "detect",
    "refine_ms": "reference",
    "voxelise_ms": "voxels",
    "network_ms": "network",
    "total_ms": "tracking",
    _LATE: "until shown",
}
"""Stages by their names for people. until shown: from the frame's arrival; the others are parts of it."""
_LINES = ("#4a90e2", "#d9822b", "#3fa45b", "#c05fc4", "#c9a21a", "#e05252")
"""Seen on light and dark grounds."""


class PlotsPanel(Panel):
    """Two plots beside each other. What they need is loaded when the panel is first shown, beside everything else."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("Plots")
        self._clock, self._due_s = clock, 0.0
        self._samples: deque[tuple[float, NDArray[np.float64] | None, tuple[float, ...]]] = deque(maxlen=_KEPT)
        self._library: Any = None
        self._says_loading = self._is_missing = False
        self.curves: dict[str, Any] = {}
        self._plots: list[Any] = []
        self.joint = QComboBox()
        self.joint.setToolTip("The joint whose place is plotted")
        for name in HAND.joints:
            self.joint.addItem(name.replace("_", " "))
        self.joint.setCurrentIndex(HAND.joints.index("index_tip"))
        self.header.addWidget(self.joint)
        self._note = label("Loading the plots…", "muted")
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._row = QHBoxLayout()
        self._row.addWidget(self._note)
        self.body.addLayout(self._row)
        self.setMinimumSize(200, 90)

    def clear(self) -> None:
        """Forget the last source's curves."""
        self._samples.clear()

    def take(self, latest: Latest, pose: Pose | None) -> None:
        """A new result; kept also while the panel is hidden."""
        late_ms = 1000 * (time.monotonic() - latest.frame.arrival_s)
        timings = latest.result.timings
        spent = tuple(late_ms if name == _LATE else float(getattr(timings, name)) for name in STAGES)
        self._samples.append((self._clock(), None if pose is None else pose.joints_cam_m, spent))

    def look(self) -> None:
        """Draw what is new, ten times a second at most."""
        if not self.is_seen:
            return
        if self._library is None:
            self._load()
        elif self._clock() >= self._due_s:
            self._due_s = self._clock() + _EVERY_S
            self._draw()

    def _load(self) -> None:
        """Import the library, once it is said that it loads: a third of a second, in which the window stands still.

        In a thread of its own it would make Qt's classes while the window makes others, which crashes now and then.
        """
        if not self._says_loading:
            self._says_loading = True
        elif not self._is_missing:
            try:
                import pyqtgraph

                self._library = pyqtgraph
            except ImportError as error:
                self._is_missing = True
                self._note.setText(f"Plots need pyqtgraph ({error}); install it")
                return
            self._build()

    def _build(self) -> None:
        self._row.removeWidget(self._note)
        self._note.hide()
        lines = {"x": "x to the right", "y": "y down", "z": "z away"}
        titles = ("Joint, mm", "Time a stage, ms")
        for title, names in zip(titles, (lines, STAGES)):
            plot = self._library.PlotWidget()
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.setMouseEnabled(x=False, y=False)
            plot.setXRange(-SPAN_S, 0, padding=0)
            for side in ("left", "bottom"):
                plot.getAxis(side).setStyle(tickFont=QFont(self.font().family(), 8))
            for color, key in zip(_LINES, names):
                pen = self._library.mkPen(color, width=1.4)
                self.curves[key] = plot.plot(pen=pen, connect="finite")
            legend = label("", "caption")
            legend.setTextFormat(Qt.TextFormat.RichText)
            marks = (f'<span style="color:{color}">■</span> {name}' for color, name in zip(_LINES, names.values()))
            legend.setText(f"<b>{title}</b>&nbsp;&nbsp; {'&nbsp;&nbsp; '.join(marks)}")
            column = QVBoxLayout()
            column.setContentsMargins(10, 0, 6, 4)
            column.addWidget(legend)
            column.addWidget(plot, 1)
            self._plots.append(plot)
            self._row.addLayout(column)
        self._paint(theme.colors())

    def _draw(self) -> None:
        now_s, joint = self._clock(), self.joint.currentIndex()
        samples = [sample for sample in self._samples if sample[0] >= now_s - SPAN_S]
        times_s = np.array([at_s - now_s for at_s, _, _ in samples])
        nothing = np.full(3, np.nan)
        places = [nothing if joints is None else joints[joint] for _, joints, _ in samples]
        places_mm = 1000 * np.array(places).reshape(-1, 3)
        spent = np.array([stages for _, _, stages in samples]).reshape(-1, len(STAGES))
        for key, values in zip(("x", "y", "z", *STAGES), (*places_mm.T, *spent.T)):
            self.curves[key].setData(times_s, values)

    def _paint(self, c: Colors) -> None:
        for plot in self._plots:
            plot.setBackground(c.panel)
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(c.border)
                plot.getAxis(side).setTextPen(c.muted)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self._plots:
            self._paint(theme.colors())
