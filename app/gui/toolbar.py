"""The line at the top: source, playback, recording, hand side, smoothing, view."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from app.gui import theme
from app.gui.action_button import ActionButton
from app.gui.parts import label
from app.gui.session_types import CameraChoice
from app.settings import HAND_CHOICES, TWO_HAND_RECORDING, HandChoice

_ICON_PX = 20


class Toolbar(QFrame):
    """Knows nothing of what the choices do: it says them as signals, and is told what to show."""

    source_chosen = Signal(str)
    open_file_clicked = Signal()
    open_folder_clicked = Signal()
    bundled_clicked = Signal()
    refresh_clicked = Signal()
    paused_changed = Signal(bool)
    loop_changed = Signal(bool)
    record_changed = Signal(bool)
    hand_chosen = Signal(str)
    smoothing_changed = Signal(bool)
    follow_changed = Signal(bool)
    reset_view_clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("toolbar")
        self.setFixedHeight(48)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 0, 14, 0)
        self._row.setSpacing(6)
        self._make_source_menu()
        self._separate()
        self.play = self._toggle("pause", "", "Space", self._pause_toggled, name="plain")
        self.loop = self._toggle("loop", "Loop", "L", self.loop_changed.emit)
        self.record = self._toggle("record", "Record", "Ctrl+R", self.record_changed.emit, name="plain")
        self._separate()
        self._make_hand_choice()
        self._row.addSpacing(4)
        self.smoothing = self._toggle("smooth", "Smooth", "S", self.smoothing_changed.emit)
        self.smoothing.setToolTip("Smooth the joints over time (S)")
        self._row.addStretch(1)
        self.follow = self._toggle("follow", "Follow", "F", self.follow_changed.emit)
        self.follow.setToolTip("Move the view with the hand (F)")
        self.reset = self._action("reset", "Reset view", "R", lambda _: self.reset_view_clicked.emit())
        self._button(self.reset, with_text=True)
        self.show_paused(False)
        self.show_recording(False, False)
        self.show_loop(True)

    # -- building -------------------------------------------------------------------------------------------------

    def _action(self, icon: str, text: str, keys: str, triggered: Callable[[bool], object]) -> QAction:
        action = QAction(text, self)
        theme.set_icon(action, icon)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setToolTip(f"{text} ({keys})" if keys else text)
        # `triggered` and not `toggled`: only the user's own doing counts, not what the toolbar is told to show.
        action.triggered.connect(lambda checked=False: triggered(checked))
        self.addAction(action)
        return action

    def _button(self, action: QAction, with_text: bool, name: str = "") -> QToolButton:
        button = ActionButton(action, _ICON_PX, name)
        if with_text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._row.addWidget(button)
        return button

    def _toggle(self, icon: str, text: str, keys: str, toggled: Callable[[bool], object], name: str = "") -> QAction:
        """A choice that is on or off, with its name beside it; "plain" ones say by their picture alone what they do."""
        action = self._action(icon, text, keys, toggled)
        action.setCheckable(True)
        self._button(action, with_text=name != "plain", name=name)
        return action

    def _separate(self) -> None:
        line = QFrame()
        line.setObjectName("separator")
        line.setFixedSize(1, 24)
        self._row.addSpacing(6)
        self._row.addWidget(line)
        self._row.addSpacing(6)

    def _make_source_menu(self) -> None:
        self.menu = QMenu("Source", self)
        self._camera_actions: list[QAction] = []
        self.refresh = self._action("refresh", "Look for cameras again", "F5", lambda _: self.refresh_clicked.emit())
        self.open_file = self._action("file", "Open recording…", "Ctrl+O", lambda _: self.open_file_clicked.emit())
        self.open_folder = self._action(
            "folder", "Open folder…", "Ctrl+Shift+O", lambda _: self.open_folder_clicked.emit()
        )
        self.simulate = self._action(
            "simulate", "Simulated camera", "Ctrl+M", lambda _: self.source_chosen.emit("simulate")
        )
        self.bundled = self._action("bundled", "Bundled recording", "Ctrl+B", lambda _: self.bundled_clicked.emit())
        self.two_hands = self._action(
            "bundled",
            "Bundled recording of two hands",
            "Ctrl+Shift+B",
            lambda _: self.source_chosen.emit(str(TWO_HAND_RECORDING)),
        )
        self.menu.addActions(
            [self.refresh, self.open_file, self.open_folder, self.simulate, self.bundled, self.two_hands]
        )
        self.menu.insertSeparator(self.open_file)
        self.source = QToolButton()
        self.source.setObjectName("source")
        self.source.setText("Source")
        theme.set_icon(self.source, "down")
        self.source.setIconSize(QSize(14, 14))
        self.source.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.source.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow goes to the right of the text
        self.menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.source.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # Not QToolButton.setMenu: it would open the menu on the side where the reading ends.
        self.source.clicked.connect(self.open_source_menu)
        self.source.setToolTip("Choose where the depth images come from")
        self._row.addWidget(self.source)
        self.show_cameras(None)

    def open_source_menu(self) -> None:
        """Below its button, its first choice at hand for the keyboard."""
        self.menu.popup(self.source.mapToGlobal(self.source.rect().bottomLeft()))
        first = next((action for action in self.menu.actions() if action.isEnabled()), None)
        if first is not None:
            self.menu.setActiveAction(first)

    def _make_hand_choice(self) -> None:
        self._row.addWidget(label("Hand", "muted"))
        self._row.addSpacing(4)
        frame = QWidget()
        frame.setObjectName("segments")
        frame.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(frame)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        self._hands = QButtonGroup(self)
        self.hand_buttons: dict[str, QPushButton] = {}
        for choice in HAND_CHOICES:
            button = QPushButton(choice.capitalize())
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            tip = "Let the network decide" if choice == "auto" else f"Take every hand for a {choice} hand"
            button.setToolTip(tip)
            button.clicked.connect(lambda _checked=False, choice=choice: self.hand_chosen.emit(choice))
            self._hands.addButton(button)
            self.hand_buttons[choice] = button
            row.addWidget(button)
        self._row.addWidget(frame, 0, Qt.AlignmentFlag.AlignVCenter)

    def _pause_toggled(self, paused: bool) -> None:
        self.show_paused(paused)
        self.paused_changed.emit(paused)

    def choose_hand(self, choice: HandChoice) -> None:
        """As a click on its button."""
        self.hand_buttons[choice].click()

    # -- being told -----------------------------------------------------------------------------------------------

    def show_paused(self, paused: bool) -> None:
        self.play.setChecked(paused)
        text = "Play" if paused else "Pause"
        if text != self.play.text():
            theme.set_icon(self.play, "play" if paused else "pause")
            self.play.setText(text)
            self.play.setToolTip(f"{text} (Space)")

    def show_recording(self, recording: bool, can_record: bool) -> None:
        """can_record: whether anything plays whose frames could be recorded."""
        self.record.setChecked(recording)
        self.record.setEnabled(recording or can_record)
        text = "Stop recording" if recording else "Record to a file"
        if text != self.record.text():
            theme.set_icon(self.record, "stop" if recording else "record", "bad")
            self.record.setText(text)
            self.record.setToolTip(f"{text} (Ctrl+R)")

    def show_loop(self, can_loop: bool) -> None:
        """can_loop: whether the source has an end."""
        if can_loop != self.loop.isEnabled() or not self.loop.toolTip().endswith(")"):
            self.loop.setEnabled(can_loop)
            self.loop.setToolTip(
                "Start over at the end (L)" if can_loop else "A camera has no end to start over at (L)"
            )

    def show_settings(self, loop: bool, smoothing: bool, hand: HandChoice, follow: bool) -> None:
        self.loop.setChecked(loop)
        self.follow.setChecked(follow)
        self.smoothing.setChecked(smoothing)
        self.hand_buttons[hand].setChecked(True)

    def show_source(self, name: str) -> None:
        """name: a few words for the button; of a path it shows the end."""
        name = name.rstrip("/\\").replace("\\", "/").rpartition("/")[2]
        short = name if len(name) <= 34 else name[:32] + "…"
        if self.source.text() != short:
            self.source.setText(short)

    def show_cameras(self, cameras: Sequence[CameraChoice] | None) -> None:
        """The cameras found; None while they are looked for."""
        for action in self._camera_actions:
            self.menu.removeAction(action)
        self._camera_actions.clear()
        if not cameras:
            text = "Looking for cameras…" if cameras is None else "No RealSense camera found"
            note = QAction(text, self)
            theme.set_icon(note, "camera", "muted")
            note.setEnabled(False)
            self._camera_actions.append(note)
        for camera in cameras or ():
            action = QAction(camera.label, self)
            theme.set_icon(action, "camera")
            action.triggered.connect(lambda _checked=False, name=camera.source: self.source_chosen.emit(name))
            self._camera_actions.append(action)
        self.menu.insertActions(self.menu.actions()[0], self._camera_actions)  # before "look again"
