"""The SDK's filters as switches."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QGridLayout, QWidget

from app.settings import DECIMATIONS, Filters

_SWITCHES = {
    "spatial": ("Spatial", "Smooths within surfaces and keeps their edges"),
    "temporal": ("Temporal", "Smooths over frames; what moves leaves a trail"),
    "holes": ("Fill holes", "Pixels without depth take that of their left neighbour"),
}


class FilterRows(QWidget):
    """chosen: all filters as the user has them now."""

    chosen = Signal(Filters)

    def __init__(self) -> None:
        super().__init__()
        self.decimation = QComboBox()
        self.decimation.setToolTip("Keeps one pixel of so many in each direction; the camera is opened again for it")
        for number in DECIMATIONS:
            self.decimation.addItem("every pixel" if number == 1 else f"1 of {number} × {number} pixels", number)
        self.decimation.activated.connect(self._choose)
        self.switches: dict[str, QCheckBox] = {}
        row = QGridLayout()
        row.setHorizontalSpacing(8)
        for number, (name, (text, tip)) in enumerate(_SWITCHES.items()):
            switch = self.switches[name] = QCheckBox(text)
            switch.setToolTip(tip)
            switch.clicked.connect(self._choose)
            row.addWidget(switch, number // 2, number % 2)
        row.setColumnStretch(2, 1)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(6)
        form.addRow("Decimation", self.decimation)
        form.addRow("Filters", row)

    def _choose(self) -> None:
        on = {name: switch.isChecked() for name, switch in self.switches.items()}
        self.chosen.emit(Filters(self.decimation.currentData(), **on))

    def show_filters(self, filters: Filters) -> None:
        """Show those of the source."""
        if not self.decimation.view().isVisible():
            self.decimation.setCurrentIndex(DECIMATIONS.index(filters.decimation))
        for name, switch in self.switches.items():
            switch.setChecked(getattr(filters, name))
