"""Drives the real window through a story and reports what it saw, as a process: python -m tests.app.gui.drive STORY DIR

A story is a generator that yields conditions; it goes on when one holds. What it notes ends up in DIR/report.json,
which is only written when the story came to its end and the window closed. A story that gets stuck says where.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.beside import leave
from app.errors import AppError
from app.gui import display
from app.gui.session_types import Services
from app.settings import Options
from app.tracking import at_once
from app.tracking.fit import follow

Condition = Callable[[], bool]
STUCK_S = 90.0
"""A condition that has not come true for this long never will."""


class Player:
    """The window under test, what was noted, and helpers for stories."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: dict[str, object] = {}
        self.built: list[Options] = []
        self._drawn: list[bool] = []

    def watch_drawing(self) -> None:
        """Note of each frame that the 3D view takes whether it comes with a hand."""
        from app.viewer.viewer import Viewer

        show = Viewer.show

        def noted(viewer, frame, pose, *arguments):
            show(viewer, frame, pose, *arguments)
            self._drawn.append(pose is not None)

        Viewer.show = noted

    def drawn(self, with_hand: bool) -> Condition:
        """The 3D view, which skips frames on a busy machine, shows two frames from now that have a hand or none."""
        start = len(self._drawn)
        return lambda: self._drawn[start:].count(with_hand) >= 2 and self._drawn[-1] is with_hand

    @property
    def window(self):
        from PySide6.QtWidgets import QApplication

        from app.gui.window import MainWindow

        return next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)

    @property
    def sequence(self) -> int:
        latest = self.window.session.view().latest
        return latest.sequence if latest else 0

    def playing(self, label: str, count: int = 3) -> Condition:
        """The source of that label has given `count` results, and the window shows them."""

        def holds() -> bool:
            window = self.window
            if window is None or window.status.source != label or window._sequence < count:
                return False
            return window._generation == window.session.view().generation  # else they are the last source's results

        return holds

    def shows(self, index: int) -> Condition:
        """The window shows the frame at this place of the recording."""

        def holds() -> bool:
            latest = self.window.session.view().latest
            if latest is None or latest.sequence != self.window._sequence:
                return False
            return latest.frame.index == index

        return holds

    def pill(self, text: str) -> Condition:
        return lambda: self.window.viewer.state.text() == text

    def state(self) -> str:
        """What the window says, for the message of a story that is stuck."""
        if self.window is None:
            return "no window"
        status, viewer = self.window.status, self.window.viewer
        return f"{status.source}, {viewer.state.text()}, result {self.window._sequence}, poll {self.window._polls}"

    def polls(self, count: int) -> Condition:
        target = self.window._polls + count
        return lambda: self.window._polls >= target

    def save(self, name: str) -> None:
        """The screen's pixels where the window is, and where the 3D view is in them."""
        from PySide6.QtCore import QPoint
        from PySide6.QtGui import QGuiApplication

        picture = QGuiApplication.primaryScreen().grabWindow(0)
        picture.save(str(self.folder / f"{name}.png"))
        view = self.window.viewer.view_widget()
        if view is not None:
            corner = view.mapToGlobal(QPoint(0, 0))
            self.notes[f"{name}_view"] = [corner.x(), corner.y(), view.width(), view.height()]


def tour(player: Player) -> Iterator[Condition]:
    """Tracking, pause, hand side, another source, a broken one, a short one to its end."""
    notes = player.notes
    yield player.playing("Animated hand", 12)
    window = player.window
    bar = window.toolbar
    notes["mode"] = window.viewer.mode
    player.watch_drawing()
    yield player.drawn(with_hand=True)
    player.save("tracking")
    notes["pill"], notes["side"] = window.viewer.state.text(), window.panels.hand.panels[0].side.text()
    notes["figures"] = {name: value.text() for name, value in window.status.values.items()}

    bar.play.trigger()
    yield player.pill("Paused")
    yield player.polls(8)
    before = player.sequence
    yield player.polls(15)
    notes["while_paused"] = player.sequence - before
    bar.play.trigger()
    yield lambda: player.sequence > before + 2
    notes["after_pause"] = window.viewer.state.text()

    bar.hand_buttons["left"].click()
    yield player.pill("No hand in view")
    notes["side_without_hand"] = window.panels.hand.panels[0].side.text()
    yield player.drawn(with_hand=False)
    player.save("no_hand")
    bar.hand_buttons["auto"].click()
    yield player.pill("Tracking")
    notes["hands_built"] = [options.hand for options in player.built]

    window.open_source("other")
    yield player.playing("Other")
    window.open_source("breaks")
    yield player.pill("Stopped")
    yield player.polls(4)
    notes["banner"], notes["can_record"] = window.banner.text, bar.record.isEnabled()
    player.save("broken")

    bar.loop.trigger()
    window.open_source("short")
    yield player.pill("End of recording")
    notes["banner_after_broken"], notes["at_end"] = window.banner.text, player.sequence
    bar.play.trigger()
    yield lambda: window.viewer.state.text() == "Tracking"
    notes["threads"] = sorted(t.name for t in threading.enumerate() if t is not threading.main_thread())
    window.close()


def look(player: Player) -> Iterator[Condition]:
    """Open, wait for the hand, take one picture."""
    yield player.playing("Animated hand", 6)
    yield player.polls(6)
    player.notes["mode"] = player.window.viewer.mode
    player.save("tracking")
    player.window.close()


def mouse(player: Player) -> Iterator[Condition]:
    """Look, then turn, move and zoom the painted view, and reset it."""
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    yield player.playing("Animated hand", 6)
    yield player.polls(6)
    player.notes["mode"] = player.window.viewer.mode
    player.save("tracking")
    window = player.window
    widget, viewer = window.viewer.view_widget(), window.viewer.viewer
    window.toolbar.play.trigger()
    yield player.pill("Paused")
    yield player.polls(4)
    yield lambda: window.viewer._waiting is None
    window.toolbar.reset.trigger()
    views = {"start": viewer.view_matrix().tolist()}
    for name, keys in (("turned", Qt.KeyboardModifier.NoModifier), ("moved", Qt.KeyboardModifier.ControlModifier)):
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, keys, QPoint(200, 200))
        for x in range(210, 300, 10):
            event_at = QPoint(x, 220)
            QTest.mouseMove(widget, event_at)
            yield player.polls(1)
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, keys, QPoint(290, 220))
        views[name] = viewer.view_matrix().tolist()
    center = QPointF(200, 200)
    wheel = QWheelEvent(
        center, widget.mapToGlobal(center), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, wheel)
    views["zoomed"] = viewer.view_matrix().tolist()
    window.toolbar.reset.trigger()
    views["reset"] = viewer.view_matrix().tolist()
    player.notes["views"] = views
    window.close()


def wait(player: Player) -> Iterator[Condition]:
    """Say when the hand is there, then wait to be ended."""
    yield player.playing("Animated hand", 2)
    print("playing", flush=True)
    yield lambda: False


def nothing(_player: Player) -> Iterator[Condition]:
    """For starts that fail."""
    yield lambda: False


STORIES = {"tour": tour, "look": look, "mouse": mouse, "nothing": nothing, "wait": wait}


def play(
    story: Callable[[Player], Iterator[Condition]], folder: Path, options: Options, services: Services | None = None
) -> int:
    """Run the window with the story beside it; the exit status, 1 and a line on stderr where the window failed.

    services: stand-ins where they are left out.
    """
    try:
        display.prepare_display()
    except AppError as error:
        print(error, file=sys.stderr)
        return 1
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.gui.start import run_window
    from tests.app.gui.fakes import fake_services

    application = QApplication(sys.argv[:1])
    player = Player(folder)
    steps = story(player)
    condition: Condition = lambda: True  # noqa: E731  replaced as the story goes on
    since = time.monotonic()

    def advance() -> None:
        nonlocal condition, since
        try:
            while condition():
                condition, since = next(steps), time.monotonic()
            if time.monotonic() - since > STUCK_S:
                raise TimeoutError(f"{story.__name__} is stuck in line {steps.gi_frame.f_lineno}: {player.state()}")
        except StopIteration:
            timer.stop()
            (folder / "report.json").write_text(json.dumps(player.notes))
        except Exception:
            timer.stop()
            application.closeAllWindows()
            raise

    timer = QTimer()
    timer.timeout.connect(advance)
    timer.start(10)
    try:
        no_camera = story.__name__ == "newcomer"
        if story.__name__ == "camera" and services is None:
            from tests.app.gui.hand_camera import camera_services

            services = camera_services()
        status = 130 if run_window(options, services or fake_services(player.built, no_camera=no_camera)) else 0
    except AppError as error:
        print(error, file=sys.stderr)
        return 1
    # What is compiled at a first start goes on to the process's end, and the second hand's thread stays: nothing waits
    # for them.
    stays = threading.main_thread().name, follow.THREAD, at_once.THREAD
    left = [thread.name for thread in threading.enumerate() if thread.name not in stays]
    if left:
        print(f"threads left: {left}", file=sys.stderr)
        return 3
    return status


if __name__ == "__main__":
    from tests.app.gui import (
        choice_stories,
        display_stories,
        export_stories,
        panel_stories,
        playback_stories,
        show_stories,
        stories,
    )

    STORIES = {
        **STORIES,
        **stories.STORIES,
        **playback_stories.STORIES,
        **export_stories.STORIES,
        **show_stories.STORIES,
        **panel_stories.STORIES,
        **choice_stories.STORIES,
        **display_stories.STORIES,
    }
    name, where, *source = sys.argv[1:]
    leave(play(STORIES[name], Path(where), Options(source=source[0] if source else None)))
