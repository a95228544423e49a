"""The nearest and the farthest depth that is searched for hands."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QWidget

from app.gui.parts import label

_SMALLEST_M, _LARGEST_M, _STEP_M = 0.05, 10.0, 0.05


class RangeRow(QWidget):
    """chosen: near and far in metres; near always the smaller one."""

    chosen = Signal(float, float)

    def __init__(self) -> None:
        super().__init__()
        self.near, self.far = self._number("Nearest depth that is searched"), self._number("Farthest depth")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.near, 1)
        row.addWidget(label("to", "caption"))
        row.addWidget(self.far, 1)

    def _number(self, tip: str) -> QDoubleSpinBox:
        number = QDoubleSpinBox()
        number.setDecimals(2)
        number.setSingleStep(_STEP_M)
        number.setRange(_SMALLEST_M, _LARGEST_M)
        number.setKeyboardTracking(False)
        number.setToolTip(f"{tip}, metres")
        number.valueChanged.connect(self._choose)
        return number

    def _choose(self) -> None:
        """The number that was not changed makes room for the other one."""
        near, far = self.near.value(), self.far.value()
        if near >= far:
            moved, other = (self.near, self.far) if self.sender() is self.near else (self.far, self.near)
            with QSignalBlocker(other):
                other.setValue(moved.value() + (_STEP_M if moved is self.near else -_STEP_M))
            near, far = self.near.value(), self.far.value()
        if near < far:
            self.chosen.emit(near, far)

    def show_range(self, near_m: float, far_m: float) -> None:
        """Show what is searched."""
        for number, value in ((self.near, near_m), (self.far, far_m)):
            if not number.hasFocus():
                with QSignalBlocker(number):
                    number.setValue(value)
