"""What lies over the 3D view: the message with its buttons, and the call for a hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.errors import AppError
from app.gui.call_to_hand import CallToHand
from app.gui.leaving import leaves_picture
from app.gui.messages import NOTHING, Message, banner_message, no_camera_message, refusal
from app.gui.parts import Banner
from app.gui.session_types import SessionView
from app.gui.show_file import show_file
from app.pipeline import Phase
from app.settings import BUNDLED_RECORDING
from app.sources.usb_access import forbidden_cameras


class MessageControl:
    """Chooses the message of the moment. opens, reopens: what its button does: play what it names, or try again."""

    def __init__(
        self, parent: QWidget, over: QWidget, opens: Callable[[str], None], reopens: Callable[[], None]
    ) -> None:
        self._over, self._opens, self._reopens = over, opens, reopens
        self.banner, self.call = Banner(parent), CallToHand(parent, over)
        self._notice = self._shown = NOTHING
        self._refused: AppError | None = None
        self._explained = False
        self.banner.lie_over(over)
        self.banner.action_clicked.connect(self._act)
        self.banner.show_clicked.connect(lambda: show_file(Path(self._shown.shows)))

    def say(self, message: Message) -> None:
        """Show this where nothing worse is to be said, until there is something else."""
        self._notice = message

    def look(self, view: SessionView) -> None:
        """Say what there is to say. Call with every look at the session."""
        if view.refused is not None and view.refused is not self._refused:
            self.say(refusal(view.refused, view))
        self._refused = view.refused
        self._explain_no_camera(view)
        message = self._shown = banner_message(view, self._notice)
        self.banner.say(message.text, message.level, message.button, message.topic, bool(message.shows))
        self._call_hand(view)

    def place(self) -> None:
        """Go to where the panel is now."""
        self.banner.lie_over(self._over)
        self.call.place()

    def _explain_no_camera(self, view: SessionView) -> None:
        """Once, where the bundled recording stands in for a camera."""
        stands_in = view.wanted is None and view.info is not None and view.info.path == BUNDLED_RECORDING
        if stands_in and view.cameras == () and not self._explained:
            self._explained = True
            self.say(no_camera_message(forbidden_cameras()))

    def _act(self) -> None:
        if self._shown.copies:
            QGuiApplication.clipboard().setText(self._shown.copies)
        elif self._shown.opens:
            self._opens(self._shown.opens)
        else:
            self._reopens()

    def _call_hand(self, view: SessionView) -> None:
        latest = view.latest if view.state.phase is Phase.RUNNING else None
        if latest is None:
            self.call.look(is_missing=False, is_leaving=False)
        else:
            pose = latest.result.pose
            self.call.look(is_missing=pose is None, is_leaving=leaves_picture(pose, latest.frame.camera))
