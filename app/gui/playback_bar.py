"""The bar under the 3D view that recordings and folders have: step, seek, speed, marked part, time."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton

from app.gui import theme
from app.gui.action_button import ActionButton
from app.gui.parts import label
from app.gui.track_strip import TrackStrip, clock

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, math.inf)
JUMP_S, LONG_JUMP_S = 1.0, 10.0
_ICON_PX = 18


class PlaybackBar(QFrame):
    """Knows nothing of what its signals do, and is told what to show.

    stepped: frames to go on, paused. jumped: seconds to go on. sought: the place of a frame. marked: "from", "to", or
    empty for no part.
    """

    stepped = Signal(int)
    jumped = Signal(float)
    sought = Signal(int)
    speed_chosen = Signal(float)
    marked = Signal(str)

    def __init__(self, play: QAction) -> None:
        super().__init__()
        self.setObjectName("playback")
        self.strip = TrackStrip()
        self._count, self._fps, self._speed = 1, 30.0, 1.0
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 4, 8, 4)
        self._row.setSpacing(2)
        self._make_steps(play)
        self.time = label("", "value", "Time since the first frame, by the frame rate")
        self.time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.frame = label("", "caption")
        self._row.addSpacing(6)
        self._row.addWidget(self.time)
        self._row.addWidget(self.strip, 1)
        self._row.addWidget(self.frame)
        self._row.addSpacing(6)
        self._make_marks()
        self._make_speeds()
        self.hide()

    # -- building -------------------------------------------------------------------------------------------------

    def _make_steps(self, play: QAction) -> None:
        self.back = self._action("A frame back", ",", lambda: self.stepped.emit(-1), "step_back")
        self.on = self._action("A frame on", ".", lambda: self.stepped.emit(1), "step_on")
        self.jumps = [
            self._action(f"{seconds:g} s {word}", f"{keys}{key}", partial(self.jumped.emit, sign * seconds))
            for seconds, keys in ((JUMP_S, ""), (LONG_JUMP_S, "Shift+"))
            for sign, word, key in ((-1, "back", "Left"), (1, "on", "Right"))
        ]
        self.first = self._action("To the first frame", "Home", lambda: self.sought.emit(0))
        self.last = self._action("To the last frame", "End", lambda: self.sought.emit(self._count - 1))
        for action in (self.back, play, self.on):
            self._row.addWidget(ActionButton(action, _ICON_PX, "plain"))

    def _make_marks(self) -> None:
        self.mark_from = self._action("Loop from here", "[", lambda: self.marked.emit("from"), "mark_from")
        self.mark_to = self._action("Loop to here", "]", lambda: self.marked.emit("to"), "mark_to")
        self.unmark = self._action("Loop no part", "Backspace", lambda: self.marked.emit(""))
        for action in (self.mark_from, self.mark_to):
            self._row.addWidget(ActionButton(action, _ICON_PX, "plain"))

    def _make_speeds(self) -> None:
        self.slower = self._action("Slower", "-", lambda: self._change_speed(-1))
        self.faster = self._action("Faster", "+", lambda: self._change_speed(1))
        self.speeds = QMenu("Speed", self)
        group = QActionGroup(self)
        self._choices: dict[float, QAction] = {}
        for speed in SPEEDS:
            text = "As fast as possible" if math.isinf(speed) else speed_text(speed)
            choice = QAction(text, self, checkable=True)
            choice.triggered.connect(lambda _checked=False, speed=speed: self.speed_chosen.emit(speed))
            group.addAction(choice)
            self._choices[speed] = choice
        self.speeds.addActions(list(self._choices.values()))
        self.speeds.addSeparator()
        self.speeds.addActions([self.slower, self.faster])
        self.speed = QToolButton()
        self.speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.speed.setToolTip("Speed (-, +)")
        self.speed.ensurePolished()
        self.speed.setMinimumWidth(self.speed.fontMetrics().horizontalAdvance("0.25×") + 22)
        self.speed.clicked.connect(self._open_speeds)
        self._row.addWidget(self.speed)
        self.show_speed(1.0)

    def _open_speeds(self) -> None:
        """Above its button and within the window, whose lower right corner is near."""
        corner = self.speed.mapToGlobal(self.speed.rect().topRight())
        size = self.speeds.sizeHint()
        self.speeds.popup(corner - QPoint(size.width(), size.height()))

    def _action(self, text: str, keys: str, triggered: Callable[[], object], icon: str = "") -> QAction:
        action = QAction(text, self)
        if icon:
            theme.set_icon(action, icon)
        action.setShortcut(QKeySequence(keys))
        action.setToolTip(f"{text} ({keys})")
        action.triggered.connect(lambda: triggered())
        self.addAction(action)
        return action

    @property
    def playback_actions(self) -> list[QAction | None]:
        """For a menu; None stands for a line between."""
        moves = [self.back, self.on, *self.jumps, self.first, self.last]
        return [*moves, None, self.mark_from, self.mark_to, self.unmark, None, self.speeds.menuAction()]

    def _change_speed(self, by: int) -> None:
        slower = [speed for speed in SPEEDS if speed < self._speed]
        faster = [speed for speed in SPEEDS if speed > self._speed]
        if by < 0 and slower:
            self.speed_chosen.emit(slower[-1])
        elif by > 0 and faster:
            self.speed_chosen.emit(faster[0])

    # -- being told -----------------------------------------------------------------------------------------------

    def show_usable(self, usable: bool) -> None:
        """Whether what plays can be sought; hidden otherwise, and its keys do nothing."""
        if usable == self.isHidden():
            self.setVisible(usable)
        for action in (*self.actions(), *self._choices.values()):
            action.setEnabled(usable)

    def show_size(self, count: int, fps: float) -> None:
        """A source of so many frames; the texts get room for the widest of them."""
        if (count, fps) == (self._count, self._fps):
            return
        self._count, self._fps = count, fps
        for text, widest in ((self.time, _times(count - 1, count, fps)), (self.frame, _frames(count - 1, count))):
            text.ensurePolished()
            text.setMinimumWidth(text.fontMetrics().horizontalAdvance(widest) + 2)

    def show_place(self, index: int, number: int, part: tuple[int, int] | None) -> None:
        """The frame that is shown, by its place. number: the file's own. part: what is looped, by its ends."""
        self.strip.show_place(index, self._count, self._fps, part)
        texts = {self.time: _times(index, self._count, self._fps), self.frame: _frames(index, self._count)}
        for text, words in texts.items():
            if text.text() != words:
                text.setText(words)
        self.frame.setToolTip(f"Place in the file, counted from 0; its own number is {number}")
        self.unmark.setEnabled(part is not None)

    def show_speed(self, speed: float) -> None:
        self._speed = speed
        self.speed.setText("max" if math.isinf(speed) else speed_text(speed))
        if speed in self._choices:
            self._choices[speed].setChecked(True)


def speed_text(speed: float) -> str:
    return f"{speed:g}×"


def _times(index: int, count: int, fps: float) -> str:
    return f"{clock(index / fps)} / {clock((count - 1) / fps)}"


def _frames(index: int, count: int) -> str:
    return f"{index} / {count - 1}"
