"""One option of a camera as something to click: a choice, a switch, or a slider with its number."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout, QSlider, QWidget

from app.sources.camera_settings import CameraControl


class ControlRow(QWidget):
    """chosen: the option's name and the value that the user gave it. Nothing moves under the user's hand."""

    chosen = Signal(str, float)

    def __init__(self, control: CameraControl) -> None:
        super().__init__()
        self._control = control
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.choice: QComboBox | None = None
        self.switch: QCheckBox | None = None
        self.slider: QSlider | None = None
        self.number: QDoubleSpinBox | None = None
        if control.choices:
            self.choice = QComboBox()
            self.choice.addItems(control.choices)
            self.choice.activated.connect(lambda index: self._choose(control.lowest + index))
            row.addWidget(self.choice)
        elif control.is_switch:
            self.switch = QCheckBox("on")
            self.switch.clicked.connect(lambda on: self._choose(float(on)))
            row.addWidget(self.switch)
        else:
            self._make_slider(row)
        self.show_value(control.value)

    def _make_slider(self, row: QHBoxLayout) -> None:
        control = self._control
        step = control.step or 1.0
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setMinimumWidth(48)
        self.slider.setRange(0, round((control.highest - control.lowest) / step))
        self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        self.number = QDoubleSpinBox()
        self.number.setDecimals(0 if step == round(step) else 2)
        self.number.setRange(control.lowest, control.highest)
        self.number.setSingleStep(step)
        self.number.setKeyboardTracking(False)
        self.number.setFixedWidth(66)
        self.slider.valueChanged.connect(lambda place: self._choose(control.lowest + place * step))
        self.number.valueChanged.connect(self._choose)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)

    def _choose(self, value: float) -> None:
        self.show_value(value)
        self.chosen.emit(self._control.name, value)

    def show_value(self, value: float) -> None:
        """Show what the camera says."""
        control = self._control
        if self.choice is not None and not self.choice.view().isVisible():
            self.choice.setCurrentIndex(round(value - control.lowest))
        if self.switch is not None:
            self.switch.setChecked(bool(value))
        if self.slider is not None and self.number is not None:
            with QSignalBlocker(self.slider), QSignalBlocker(self.number):
                if not self.slider.isSliderDown():
                    self.slider.setValue(round((value - control.lowest) / (control.step or 1.0)))
                if not self.number.lineEdit().isModified() or not self.number.hasFocus():
                    self.number.setValue(value)
