"""What the simulated camera shows: hands, motion, the camera's errors, distance, clutter, colours."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QPushButton, QWidget

from app.errors import SourceError
from app.gui.parts import Panel, label
from app.gui.session_types import SessionView
from app.sources.simulation import SHOWN, Simulation, is_simulation, parse_simulation
from models.rendering.stage import AT_RANDOM, ERRORS, FARTHEST_M, IN_TURN, MOTIONS, NEAREST_M, Stage

_MOTION_WORDS = {IN_TURN: "gestures in turn", AT_RANDOM: "random poses"}
_STEP_M = 0.05
_OWN_M = NEAREST_M - _STEP_M
"""Stands for the film's own distance."""


class SimulatorPanel(Panel):
    """chosen: the name of the source that shows what was chosen; said at once while the simulated camera plays."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("Simulator", scrolls=True)
        self._plays = False
        self.hands = self._combo("Whose hands are in view", {hand: f"{hand} hand" for hand in SHOWN[:2]})
        self.hands.addItem("both hands", SHOWN[2])
        words = {motion: _MOTION_WORDS.get(motion, motion.replace("_", " ")) for motion in MOTIONS}
        self.motion = self._combo("What the hands do; both move as they do, whatever gesture they make", words)
        kinds = {kind: kind.replace("-", " ") for kind in ERRORS}
        self.errors = self._combo("The kind of camera by whose errors the images have", kinds)
        self.distance = QDoubleSpinBox()
        self.distance.setRange(_OWN_M, FARTHEST_M)
        self.distance.setSingleStep(_STEP_M)
        self.distance.setSpecialValueText("as filmed")
        self.distance.setKeyboardTracking(False)
        self.distance.setToolTip("How far away the hand is, about; the wheel and the arrow keys change it")
        self.distance.valueChanged.connect(self._change)
        self.clutter = QCheckBox("table, things, wall")
        self.clutter.clicked.connect(self._change)
        self.color = QCheckBox("a colour camera, too")
        self.color.setToolTip("View, Colours and View, Depth image show what it sees")
        self.color.clicked.connect(self._change)
        self.start = QPushButton("Start")
        self.start.setToolTip("Play the simulated camera as chosen here")
        self.start.clicked.connect(lambda: self.chosen.emit(self.simulation().spec))
        form = QWidget()
        form.setObjectName("form")
        rows = QFormLayout(form)
        rows.setContentsMargins(10, 2, 10, 10)
        rows.setVerticalSpacing(6)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        named = {"Hands": self.hands, "Motion": self.motion, "Errors": self.errors, "Distance, m": self.distance}
        for name, field in {**named, "Clutter": self.clutter, "Colour": self.color}.items():
            rows.addRow(name, field)
        rows.addRow(self.start)
        note = label("The truth about each hand is known, so the Hand panel shows the error.", "caption")
        note.setWordWrap(True)
        rows.addRow(note)
        self.body.addWidget(form)
        self.body.addStretch(1)

    def _combo(self, tip: str, words: dict[str, str]) -> QComboBox:
        combo = QComboBox()
        combo.setToolTip(tip)
        for value, word in words.items():
            combo.addItem(word.capitalize(), value)
        combo.activated.connect(self._change)
        return combo

    def simulation(self) -> Simulation:
        """What is chosen."""
        distance_m = None if self.distance.value() < NEAREST_M - 1e-6 else round(self.distance.value(), 3)
        stage = Stage(self.motion.currentData(), self.errors.currentData(), distance_m, self.clutter.isChecked())
        return Simulation(self.hands.currentData(), stage, self.color.isChecked())

    def _change(self) -> None:
        if self._plays:
            self.chosen.emit(self.simulation().spec)

    def look(self, view: SessionView) -> None:
        """Show what plays, or will play, where that is the simulated camera. Call now and then."""
        plays = view.wanted is not None and is_simulation(view.wanted)
        # What was chosen here is not set again: somebody may be typing.
        if plays and not self._plays and view.wanted is not None and view.wanted != self.simulation().spec:
            self._show(view.wanted)
        self._plays = plays
        self.start.setEnabled(not plays)

    def _show(self, spec: str) -> None:
        try:
            simulation = parse_simulation(spec)
        except SourceError:
            return
        stage = simulation.stage
        for combo, value in ((self.hands, simulation.hand), (self.motion, stage.motion), (self.errors, stage.errors)):
            combo.setCurrentIndex(combo.findData(value))
        with QSignalBlocker(self.distance):
            self.distance.setValue(_OWN_M if stage.distance_m is None else stage.distance_m)
        self.clutter.setChecked(stage.clutter)
        self.color.setChecked(simulation.color)
