"""What is known of the tracked hand: side, confidence, each finger's colour, confidence and spread, error."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.gui import theme
from app.gui.parts import label, restyle
from models.core.skeleton import HAND
from models.core.types import Pose

_GROUPS = (("Thumb", 5), ("Index", 1), ("Middle", 2), ("Ring", 3), ("Little", 4), ("Wrist", 0))


_VISIBLE = 0.002
"""A change of a bar by less than that is no pixel."""


class Bar(QWidget):
    """A share of 0..1 as a coloured bar."""

    def __init__(self, color: QColor) -> None:
        super().__init__()
        self._color = color
        self._share = 0.0
        self._stale = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        return QSize(120, 8)

    def set_share(self, share: float) -> None:
        share = min(max(share, 0.0), 1.0)
        if abs(share - self._share) > _VISIBLE:
            self._share = share
            self.update()

    def set_stale(self, stale: bool) -> None:
        self._stale = stale
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        painter = QPainter(self)
        painter.setOpacity(theme.STALE_OPACITY if self._stale else 1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(QColor(theme.colors().raised))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self._share > 0:
            painter.setBrush(self._color)
            width = max(self.width() * self._share, self.height())
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)


class HandPanel(QWidget):
    """Shows the newest pose; without one, everything is at rest."""

    def __init__(self) -> None:
        super().__init__()
        self.side = label("No hand", "big")
        self.detail = label("", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 0, 14, 10)
        column.setSpacing(5)
        top = QHBoxLayout()
        top.addWidget(self.side)
        top.addStretch(1)
        top.addWidget(self.detail, 0, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(top)
        self._bars: list[tuple[Bar, QLabel, np.ndarray]] = []
        for name, group in _GROUPS:
            column.addLayout(self._row(name, group))
        self.error = label("", "muted", "Mean distance of the joints from the source's own ground truth")
        column.addWidget(self.error)
        self._stale = False
        self.show_pose(None)

    def set_stale(self, stale: bool) -> None:
        """Dim everything: it is of the last picture, not of what the camera sees now."""
        if stale != self._stale:
            self._stale = stale
            for bar, _, _ in self._bars:
                bar.set_stale(stale)
            deviations = (deviation for _, deviation, _ in self._bars)
            for text in (self.side, self.detail, self.error, *deviations):
                restyle(text, "stale", "yes" if stale else "")

    def _row(self, name: str, group: int) -> QHBoxLayout:
        bar = Bar(theme.qcolor(HAND.colors[group]))
        bar.setToolTip(f"How sure the network is of the {name.lower()}")
        deviation = label("", "caption", f"Standard deviation along an axis, mean of the {name.lower()}'s joints")
        deviation.setFixedWidth(56)
        deviation.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._bars.append((bar, deviation, np.flatnonzero(np.array(HAND.groups) == group)))
        caption = label(name, "caption")
        caption.setFixedWidth(52)
        row = QHBoxLayout()
        row.addWidget(caption)
        row.addWidget(bar, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(deviation)
        return row

    def show_pose(self, pose: Pose | None, truth: Pose | None = None) -> None:
        """truth: the same frame's ground truth, where the source has it."""
        self.side.setText("No hand" if pose is None else f"{pose.hand.capitalize()} hand")
        self.detail.setText("" if pose is None else f"confidence {pose.confidence:.0%}")
        deviations_mm = None if pose is None else pose.joint_sd_mm
        for bar, deviation, joints in self._bars:
            deviation.setText("" if deviations_mm is None else f"± {deviations_mm[joints].mean():.0f} mm")
            bar.set_share(0.0 if pose is None else float(pose.joint_confidence[joints].mean()))
        error = ""
        if pose is not None and truth is not None:
            distance_m = np.linalg.norm(pose.joints_cam_m - truth.joints_cam_m, axis=1)
            error = f"Error against ground truth: {1000 * distance_m.mean():.1f} mm"
        self.error.setText(error)
