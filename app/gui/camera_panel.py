"""The camera: which one, its stream, its options, the filters behind it, and the depths that are searched."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QPushButton, QWidget

from app.gui.control_row import ControlRow
from app.gui.filter_rows import FilterRows
from app.gui.parts import Panel, label, restyle
from app.gui.range_row import RangeRow
from app.gui.session_types import CameraChoice, SessionView
from app.settings import Filters
from app.sources.camera_settings import CameraControl, CameraState, DepthMode

_NONE = "The source is no camera. Choose one in the list, or plug it in and look again."
_SETTLE_S = 0.5
"""For so long after a change what the camera said before it is not shown."""
_SEND_MS = 60
"""A slider that is dragged says where it is so often at most."""


class CameraPanel(Panel):
    """Says what is chosen as signals, and is told what to show.

    source_chosen: the name of a camera. mode_chosen, filters_chosen, control_chosen: what the camera is to do.
    range_chosen: nearest and farthest depth, metres.
    """

    source_chosen = Signal(str)
    look_again = Signal()
    reconnect = Signal()
    mode_chosen = Signal(DepthMode)
    filters_chosen = Signal(Filters)
    control_chosen = Signal(str, float)
    range_chosen = Signal(float, float)

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("Camera", scrolls=True)
        self._clock, self._settled_s = clock, 0.0
        self._state: CameraState | None = None
        self._cameras: Sequence[CameraChoice] | None = None
        self._waiting: dict[str, float] = {}
        self._timer = QTimer(self, singleShot=True, interval=_SEND_MS)
        self._timer.timeout.connect(self._send)
        self.form = QWidget()
        self.form.setObjectName("form")
        self._rows = QFormLayout(self.form)
        self._rows.setContentsMargins(10, 2, 10, 10)
        self._rows.setVerticalSpacing(6)
        self._rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._make_device_rows()
        self.range = RangeRow()
        self.range.chosen.connect(self.range_chosen)
        self._rows.addRow("Searched, m", self.range)
        self.filters = FilterRows()
        self.filters.chosen.connect(self._choose_filters)
        self.controls: dict[str, ControlRow] = {}
        self._below = QWidget()  # rows of the open camera
        self._below_rows = QFormLayout(self._below)
        self._below_rows.setContentsMargins(0, 0, 0, 0)
        self._below_rows.setVerticalSpacing(6)
        self._rows.addRow(self._below)
        self.body.addWidget(self.form)
        self.body.addStretch(1)
        self._rebuild(None)

    def _make_device_rows(self) -> None:
        self.devices = QComboBox()
        self.devices.setToolTip("Cameras that are connected")
        self.devices.activated.connect(self._choose_device)
        self.again = QPushButton("Look again")
        self.again.setToolTip("Look for cameras again (F5)")
        self.again.clicked.connect(self.look_again)
        self.connect_button = QPushButton("Reconnect")
        self.connect_button.setToolTip("Close the camera and open it again")
        self.connect_button.clicked.connect(self.reconnect)
        buttons = QHBoxLayout()
        buttons.addWidget(self.again)
        buttons.addWidget(self.connect_button)
        buttons.addStretch(1)
        self.about = label("", "caption")
        self.about.setWordWrap(True)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._rows.addRow(self.devices)
        self._rows.addRow(self.about)
        self._rows.addRow(buttons)

    # -- being told -----------------------------------------------------------------------------------------------

    def look(self, view: SessionView, span_m: tuple[float, float]) -> None:
        """Show what is open now. span_m: nearest and farthest depth that is searched. Call now and then."""
        if not self.is_seen:
            return
        self.range.show_range(*span_m)
        if view.cameras is not self._cameras or not self.devices.count():
            self._show_devices(view.cameras)
        state = view.camera
        self._show_device(state, view)
        if _shape(state) != _shape(self._state):
            self._rebuild(state)
        if state is not None and self._clock() >= self._settled_s:
            self._show_values(state)
        self._state = state

    def _show_devices(self, cameras: Sequence[CameraChoice] | None) -> None:
        self._cameras = cameras
        self.devices.clear()
        self.devices.addItem("Looking for cameras…" if cameras is None else f"{len(cameras)} found; choose one", "")
        for camera in cameras or ():
            self.devices.addItem(camera.label, camera.source)
        self.devices.setEnabled(bool(cameras))

    def _show_device(self, state: CameraState | None, view: SessionView) -> None:
        is_camera = view.info is not None and view.info.kind == "camera"
        self.connect_button.setEnabled(is_camera or view.state.message != "")
        text = _NONE if state is None else _about(state)
        self.about.setText(state.problem if state is not None and state.problem else text)
        restyle(self.about, "level", "bad" if state is not None and state.problem else "")
        names = [self.devices.itemData(index) for index in range(self.devices.count())]
        serial = f"camera:{state.device.serial}" if state is not None else ""
        if serial in names and not self.devices.view().isVisible():
            self.devices.setCurrentIndex(names.index(serial))

    def _rebuild(self, state: CameraState | None) -> None:
        """Rows for what this camera has."""
        self.filters.setParent(None)  # it stays; the other rows go
        while self._below_rows.rowCount():
            self._below_rows.removeRow(0)
        self.controls = {}
        self._below.setVisible(state is not None)
        if state is None:
            return
        self.modes = QComboBox()
        self.modes.setToolTip("Size and rate of the depth images; the camera is opened again for it")
        for mode in state.modes:
            self.modes.addItem(f"{mode.width} × {mode.height}, {mode.fps} fps", mode)
        self.modes.setCurrentIndex(state.modes.index(state.mode) if state.mode in state.modes else -1)
        self.modes.activated.connect(lambda row: self.mode_chosen.emit(self.modes.itemData(row)))
        self._below_rows.addRow("Stream", self.modes)
        for control in state.controls:
            row = self.controls[control.name] = ControlRow(control)
            row.chosen.connect(self._choose_control)
            self._below_rows.addRow(control.label, row)
        self._below_rows.addRow(self.filters)
        self.filters.show()

    def _show_values(self, state: CameraState) -> None:
        for control in state.controls:
            self.controls[control.name].show_value(control.value)
        self.filters.show_filters(state.filters)

    # -- being used -----------------------------------------------------------------------------------------------

    def _choose_device(self, row: int) -> None:
        if name := self.devices.itemData(row):
            self.source_chosen.emit(name)

    def _choose_filters(self, filters: Filters) -> None:
        self._settled_s = self._clock() + _SETTLE_S
        self.filters_chosen.emit(filters)

    def _choose_control(self, name: str, value: float) -> None:
        self._settled_s = self._clock() + _SETTLE_S
        self._waiting[name] = value
        if not self._timer.isActive():
            self._timer.start()

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for name, value in waiting.items():
            self.control_chosen.emit(name, value)


def _shape(state: CameraState | None) -> object:
    """What rows there are, without the values."""
    if state is None:
        return None
    spans: list[tuple[str, float, float, tuple[str, ...]]] = [_span(control) for control in state.controls]
    return state.device, state.modes, state.mode, spans


def _span(control: CameraControl) -> tuple[str, float, float, tuple[str, ...]]:
    return control.name, control.lowest, control.highest, control.choices


def _about(state: CameraState) -> str:
    device = state.device
    connection = f"USB {device.connection}" if device.connection else ""
    serial = f"serial number {device.serial}" if device.serial else ""
    return " · ".join(filter(None, (device.name, serial, connection)))
