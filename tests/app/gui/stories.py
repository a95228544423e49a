"""Stories of a person at the window, told with real mouse and key events; tests.app.gui.drive plays them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.app.gui.desk import Desk
from tests.app.gui.drive import Condition, Player


def center_of(widget) -> tuple[float, float]:
    """Where the middle of a widget is on the screen."""
    middle = widget.mapToGlobal(widget.rect().center())
    ratio = widget.devicePixelRatioF()
    return middle.x() * ratio, middle.y() * ratio


def pointer(player: Player) -> Iterator[Condition]:
    """Drop files on every pane, turn the wheel, let a menu lie over the paused view."""
    from PySide6.QtWidgets import QWidget

    desk, notes = Desk(), player.notes
    yield player.playing("Animated hand", 6)
    window = player.window
    notes["mode"] = window.viewer.mode
    view, viewer = window.viewer.view_widget(), window.viewer.viewer
    panes: dict[str, QWidget] = {"view": view, "depth": window.depth_panel, "toolbar": window.toolbar}
    notes["dropped"], notes["highlighted"] = [], []
    for name, pane in panes.items():
        path = player.folder / f"{name}.bag"
        path.touch()
        source = drag_source(path)
        try:
            yield lambda source=source: source.stdout.readline().strip() == "ready"
            desk.move(1750, 150)
            desk.button("left", True)
            for x, y in ((1755, 155), (1765, 165), center_of(pane), center_of(pane)):
                desk.move(x, y)
                yield player.polls(6)
            yield lambda: window.centralWidget().property("drop") == "yes"
            notes["highlighted"].append(name)
            if name == "view":
                player.save("hanging")
            desk.button("left", False)
            yield player.playing(name.capitalize())
            notes["dropped"].append(name)
            yield lambda: not window.centralWidget().property("drop")
        finally:
            source.kill()
            source.communicate()

    x, y = center_of(view)
    desk.click(*center_of(window.toolbar.source))
    yield lambda: window.toolbar.menu.isVisible()
    desk.key("Escape")
    yield lambda: not window.toolbar.menu.isVisible()
    desk.move(x, y)
    before = viewer.view_matrix()
    desk.button("wheel up", True)
    desk.button("wheel up", False)
    yield player.polls(10)
    notes["nearer_by_m"] = float(before[2, 3] - viewer.view_matrix()[2, 3])

    window.toolbar.play.trigger()
    yield player.pill("Paused")
    yield player.polls(30)
    player.save("bare")
    desk.click(*center_of(window.toolbar.source))
    yield lambda: window.toolbar.menu.isVisible()
    yield player.polls(6)
    player.save("covered")
    desk.key("Escape")
    yield lambda: not window.toolbar.menu.isVisible()
    yield player.polls(10)
    player.save("uncovered")
    before = viewer.view_matrix()
    desk.move(x, y)
    desk.button("left", True)
    desk.move(x + 40, y + 10)
    yield player.polls(3)
    desk.button("left", False)
    yield player.polls(10)
    notes["turned_by"] = float(abs(before - viewer.view_matrix()).max())
    window.close()


def drag_source(path: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.app.gui.drag_source", str(path), "1700", "100"]
    return subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE, text=True)


STORIES = {"pointer": pointer}
