"""The 3D view inside the window, with its state: embedded on X11, else painted from pictures of a hidden one."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.errors import DisplayError
from app.gui.pace import Pace
from app.gui.parts import Card, ElidedLabel, Pill
from app.gui.view_widgets import EmbeddedView, PictureView, TurnableView
from app.pipeline import RateMeter
from app.viewer.aim import Viewpoint
from app.viewer.shown import HandMesh, Insight
from app.viewer.viewer import Viewer
from models.core.types import DepthFrame, Pose

log = logging.getLogger(__name__)

MODE_VARIABLE = "V2V_VIEWER"
"""Environment variable that forces a mode: embed, picture or off."""
_HINT = "Drag turns · wheel zooms · Ctrl+drag moves"
_APOLOGY = (
    "The 3D view needs OpenGL, which this display does not offer.\n"
    "Tracking, the other panels, recording and export go on without it.\n\n"
    "For the view: install or update the graphics driver. Over a remote desktop, switch on its OpenGL."
)


def _modes() -> tuple[str, ...]:
    forced = os.environ.get(MODE_VARIABLE, "")
    if forced in ("embed", "picture"):
        return (forced,)
    if forced == "off":
        return ()
    embeds = sys.platform.startswith("linux") and QGuiApplication.platformName() == "xcb"
    return ("embed", "picture") if embeds else ("picture",)


class ViewerPanel(Card):
    """The 3D view with its state and what to do about it. Where no OpenGL window opens it says so and stays empty."""

    def __init__(self) -> None:
        super().__init__("3D view")
        self.state = Pill()
        self._hint = ElidedLabel("caption")  # what gives way in a narrow window
        self._hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.recording = Pill()
        self.header.addWidget(self._hint, 100)
        self.header.addWidget(self.recording, 0, Qt.AlignmentFlag.AlignVCenter)
        self.header.addWidget(self.state, 0, Qt.AlignmentFlag.AlignVCenter)
        self._view = self._make_view()
        self.explain("")
        self._has_hint = True
        self._rate = RateMeter()
        self.pace = Pace()
        self._waiting: tuple[Any, ...] | None = None
        self._insight: tuple[Insight | None, int] = (None, 0)
        frame = QWidget()
        frame.setObjectName("view")
        frame.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._view or self._apology())
        self.body.addWidget(frame)

    @property
    def mode(self) -> str:
        """ "embed", "picture" or "off"."""
        kinds: dict[type, str] = {EmbeddedView: "embed", PictureView: "picture"}
        return kinds.get(type(self._view), "off")

    @property
    def viewer(self) -> Viewer | None:
        return self._view.viewer if self._view else None

    @property
    def frames_per_s(self) -> float | None:
        """How many frames a second the view has shown lately; None where there is no view."""
        return self._rate.rate() if self._view else None

    def view_widget(self) -> QWidget | None:
        """The widget that the picture fills; None where there is none."""
        return self._view

    def _make_view(self) -> TurnableView | None:
        problem = None
        for mode in _modes():
            try:
                return EmbeddedView() if mode == "embed" else PictureView()
            except DisplayError as error:
                log.info("3D view (%s): %s", mode, error)
                problem = error
        if problem is not None:
            log.warning("the window goes without its 3D view: %s", problem)
        return None

    @staticmethod
    def _apology() -> QLabel:
        text = QLabel(_APOLOGY)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setWordWrap(True)
        text.setObjectName("onview")
        return text

    def show_frame(
        self,
        frame: DepthFrame,
        pose: Pose | None,
        span_m: tuple[float, float],
        others: tuple[Pose, ...] = (),
        meshes: tuple[HandMesh | None, ...] = (),
    ) -> None:
        """Show a result, now or at the next `draw` that has time for it: what Viewer.show takes."""
        self._waiting = (frame, pose, span_m, others, meshes)

    def show_insight(self, insight: Insight | None, joint: int) -> None:
        """With the next frame that is drawn: what Viewer.show_insight takes."""
        self._insight = insight, joint

    def tell(self, change: Callable[[Viewer], None]) -> None:
        """Let a change be made to the view, where there is one."""
        if self._view is not None:
            change(self._view.viewer)

    def explain(self, text: str) -> None:
        """Say in the title line what the picture means; empty for what the mouse does. Without a picture, nothing."""
        self._hint.set_whole_text((text or _HINT) if self._view is not None else "")

    def draw(self) -> bool:
        """Draw what is new, if anything is; whether something was. Call some 30 times a second."""
        if self._view is None or not self._view.viewer.is_open:
            return False
        started = time.monotonic()
        due = self._waiting is not None and self.pace.is_due(started)
        if due and self._waiting is not None:
            self._view.viewer.show_insight(*self._insight)
            self._view.viewer.show(*self._waiting)
            self._waiting = None
            self._rate.tick()
        drawn = self._view.draw()
        if due:
            self.pace.took(started, time.monotonic())
        return drawn

    def clear(self) -> None:
        self._waiting, self._insight = None, (None, 0)
        if self._view is not None:
            self._view.viewer.clear()

    def say_recording(self, text: str, level: str) -> None:
        """The recording that is on, in a few words; empty for none."""
        self.recording.say(text, level)
        self._hint.setVisible(not text and self._has_hint)

    def show_hint(self, shows: bool) -> None:
        """Say in the title line what the mouse does, or not."""
        self._has_hint = shows
        self._hint.setVisible(shows)

    def set_stale(self, stale: bool) -> None:
        """Dim the picture: it is the last one, not what the camera sees now."""
        if self._view is not None:
            self._view.viewer.set_dimmed(stale)

    def set_shows_cube(self, shows: bool) -> None:
        if self._view is not None:
            self._view.viewer.set_shows_cube(shows)

    def set_shows_names(self, shows: bool) -> None:
        if self._view is not None:
            self._view.viewer.set_shows_names(shows)

    def drift(self, degrees: float) -> None:
        """Turn the view a little about its upright axis; it counts as nobody's doing."""
        if self._view is not None:
            self._view.viewer.drift(degrees)

    def set_follows_hand(self, follows: bool) -> None:
        if self._view is not None:
            self._view.viewer.follows_hand = follows

    def reset_view(self, viewpoint: Viewpoint = Viewpoint.ASIDE) -> None:
        if self._view is not None:
            self._view.viewer.reset_view(viewpoint)

    def close_view(self) -> None:
        """Destroy the view; before the window goes. May be called twice."""
        view, self._view = self._view, None
        if view is not None:
            view.close_view()
