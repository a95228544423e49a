"""Stories of a person at the window, told with real mouse and key events; tests.app.gui.drive plays them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.app.gui.at_desk import begun, center_of, on_screen
from tests.app.gui.desk import Desk
from tests.app.gui.drive import Condition, Player


def pointer(player: Player) -> Iterator[Condition]:
    """Drop files on every pane, turn the wheel, let a menu lie over the paused view."""
    from PySide6.QtWidgets import QWidget

    desk, notes, window = yield from begun(player)
    notes["mode"] = window.viewer.mode
    view, viewer = window.viewer.view_widget(), window.viewer.viewer
    panes: dict[str, QWidget] = {"view": view, "depth": window.panels.depth, "toolbar": window.toolbar}
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

    menus = window.menus
    file_menu = menus.actions()[0]
    desk.click(*on_screen(menus, menus.actionGeometry(file_menu)))
    yield lambda: file_menu.menu().isVisible()
    for key in ("Down", "Down", "Down", "Right"):  # to "Open recent", and into it
        desk.key(key)
        yield player.polls(3)
    recent = menus.recent_menu
    yield lambda: recent.isVisible()
    player.save("recent")
    notes["recent"] = [action.text() for action in recent.actions()]
    desk.click(*on_screen(recent, recent.actionGeometry(recent.actions()[-1])))
    yield player.playing("View")

    x, y = center_of(view)
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


def keyboard(player: Player) -> Iterator[Condition]:
    """Space at once, then Tab through every stop, and press three of them by key."""
    from PySide6.QtWidgets import QApplication

    desk, notes = Desk(), player.notes
    yield player.playing("Animated hand", 6)
    window, bar = player.window, player.window.toolbar
    desk.move(*center_of(window.viewer))
    window.activateWindow()  # what a desktop does
    yield window.isActiveWindow
    desk.key("space")
    yield player.pill("Paused")
    desk.key("space")
    yield player.pill("Tracking")

    rings: dict[str, int] = {}
    notes["rings"] = rings
    while True:
        desk.key("Tab")
        yield player.polls(3)
        stop = QApplication.focusWidget()
        name = stop.text() or stop.toolTip()
        if name in rings:
            break
        focused = stop.grab().toImage()
        stop.clearFocus()
        rings[name] = _different(focused, stop.grab().toImage())
        stop.setFocus()

    def focus(name: str) -> Condition:
        desk.key("Tab")
        return player.polls(3) if QApplication.focusWidget().text() != name else lambda: True

    for key in ("space", "Return"):
        while QApplication.focusWidget().text() != "Smooth":
            yield focus("Smooth")
        desk.key(key)
        yield player.polls(6)
        notes[f"smooth_after_{key}"] = bar.smoothing.isChecked()
    notes["pill"] = window.viewer.state.text()
    while QApplication.focusWidget() is not bar.source:
        yield focus(bar.source.text())
    desk.key("Return")
    yield lambda: bar.menu.isVisible()
    yield player.polls(4)
    notes["menu_left"] = bar.menu.geometry().left() - window.geometry().left()
    notes["menu_has_choice"] = bar.menu.activeAction() is not None
    desk.key("Escape")
    yield lambda: not bar.menu.isVisible()
    desk.key("F1")
    yield lambda: QApplication.activeModalWidget() is not None
    yield player.polls(6)
    player.save("keys")
    notes["help"] = [label.text() for label in QApplication.activeModalWidget().findChildren(_label_class())]
    desk.key("Escape")
    yield lambda: QApplication.activeModalWidget() is None
    window.open_source("live")
    yield player.playing("Live")
    notes["loop_of_a_camera"] = bar.loop.isEnabled()
    window.activateWindow()
    yield window.isActiveWindow
    desk.key("Control_L", "q")
    yield lambda: not window.isVisible()


def _label_class() -> type:
    from PySide6.QtWidgets import QLabel

    return QLabel


def _different(one, other) -> int:
    """Pixels that differ between two pictures of one size."""
    return sum(one.pixel(x, y) != other.pixel(x, y) for x in range(one.width()) for y in range(one.height()))


def recording(player: Player) -> Iterator[Condition]:
    """Record while paused, record and go over to another source, record and stop."""
    from app.gui import dialogs

    desk, notes = Desk(), player.notes
    target = player.folder / "take.bag"
    targets = iter([target, target, player.folder / "again.bag"])
    dialogs.choose_recording_target = lambda _parent: next(targets)  # a dialog of the desktop's own cannot be driven
    yield player.playing("Animated hand", 6)
    from app.gui.action_button import ActionButton

    window, bar = player.window, player.window.toolbar
    record = next(button for button in bar.findChildren(ActionButton) if button.action is bar.record)
    sign = window.viewer.recording
    desk.click(*center_of(window.viewer))
    bar.play.trigger()
    yield player.pill("Paused")
    yield lambda: window.session.view().stats.camera_fps == 0
    desk.click(*center_of(record))
    yield lambda: not sign.isHidden()
    notes["waiting"] = sign.text()
    desk.click(*center_of(record))
    yield lambda: bool(window.banner.text)
    notes["nothing"], notes["file_of_nothing"] = window.banner.text, target.exists()
    player.save("nothing")
    desk.click(*center_of(window.banner.close_button))
    yield lambda: not window.banner.text

    bar.play.trigger()
    yield player.pill("Tracking")
    desk.click(*center_of(record))
    yield lambda: sign.text().startswith("Recording 0:0")
    yield player.polls(20)
    notes["running"] = sign.text()
    player.save("recording")
    window.open_source("other")
    yield player.playing("Other")
    yield lambda: bool(window.banner.text)
    notes["switched"], notes["file"] = window.banner.text, target.exists()
    player.save("switched")
    height = window.viewer.height()
    desk.click(*center_of(window.banner.action_button))
    yield player.playing("Take")
    notes["played"] = True

    desk.click(*center_of(record))
    yield lambda: window.session.view().recording.written > 3
    desk.click(*center_of(record))
    yield lambda: bool(window.banner.text)
    notes["stopped"], notes["moved_by"] = window.banner.text, window.viewer.height() - height
    yield lambda: not window.banner.text  # by itself
    notes["went"] = True
    window.close()


def _tool_button_class() -> type:
    from PySide6.QtWidgets import QToolButton

    return QToolButton


def refused(player: Player) -> Iterator[Condition]:
    """Open what cannot be played, with the mouse and by name, while something plays."""
    desk, notes, window = yield from begun(player)
    for source in ("broken", "missing"):
        window.open_source(source)
        yield lambda: bool(window.banner.text)
        notes[source] = window.banner.text
        before = player.sequence
        yield lambda before=before: player.sequence > before + 5
        notes[f"pill_beside_{source}"] = window.viewer.state.text()
        if source == "broken":
            yield player.polls(10)
            player.save("refused")
            notes["message_at"] = center_of(window.banner)
        desk.click(*center_of(window.banner.close_button))
        yield lambda: not window.banner.text
        yield player.polls(20)
        notes[f"closed_{source}"] = not window.banner.text
    notes["source"] = window.status.source
    window.close()


def settings(player: Player) -> Iterator[Condition]:
    """Note how the window opens, then leave it another way."""
    yield player.playing("Animated hand", 2)
    window, bar = player.window, player.window.toolbar
    player.notes["opened"] = {
        "size": [window.width(), window.height()],
        "loop": bar.loop.isChecked(),
        "smooth": bar.smoothing.isChecked(),
        "follow": bar.follow.isChecked(),
        "angles": window.panels.angles.isVisible(),
        "recent": list(window._preferences.recent),
    }
    window.resize(1100, 700)
    angles = window.panels.docks.dock("angles").toggleViewAction()
    for action in (bar.loop, bar.smoothing, bar.follow, angles):
        action.trigger()
    yield player.polls(5)
    player.save("left")
    window.close()


def chooser(player: Player) -> Iterator[Condition]:
    """Look at the pictures on the buttons of Qt's own file dialog."""
    from PySide6.QtCore import QCoreApplication, Qt
    from PySide6.QtWidgets import QFileDialog

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    desk = Desk()
    yield player.playing("Animated hand", 6)
    window = player.window
    window.activateWindow()
    yield window.isActiveWindow
    desk.key("Control_L", "o")
    yield lambda: bool(window.findChildren(QFileDialog))
    dialog = window.findChildren(QFileDialog)[0]
    yield dialog.isVisible
    yield player.polls(10)
    player.save("chooser")
    player.notes["icons"] = {
        button.objectName(): _ink(button) for button in dialog.findChildren(_tool_button_class()) if button.isVisible()
    }
    dialog.reject()
    yield player.polls(5)
    window.close()


def _ink(button) -> int:
    """Rows and columns of the picture on a button: the smaller extent of what differs from its corner inside."""
    picture = button.grab().toImage()
    inside = [(x, y) for x in range(4, picture.width() - 4) for y in range(4, picture.height() - 4)]
    ground = picture.pixel(4, 4)
    marks = [(x, y) for x, y in inside if picture.pixel(x, y) != ground]
    if not marks:
        return 0
    xs, ys = zip(*marks)
    return min(max(xs) - min(xs), max(ys) - min(ys)) + 1


def sizes(player: Player) -> Iterator[Condition]:
    """Look for what is cut off at the sizes of common screens."""
    notes = player.notes
    yield player.playing("Animated hand", 6)
    window = player.window
    room = window.screen().availableGeometry()
    notes["fits"] = room.contains(window.frameGeometry())
    notes["clipped"] = {}
    ratio = window.devicePixelRatioF()
    for width, height in ((1000, 650), (1280, 720), (1920, 1080)):
        if ratio > 1 and (width, height) != (1920, 1080):
            continue
        window.setGeometry(0, 0, int(width / ratio), int(height / ratio))
        yield player.polls(12)
        size = f"{width}x{height}"
        notes["clipped"][size] = clipped(window, width, height)
        player.save(size)
    window.close()


def may_be_away(widget) -> bool:
    """It is behind another panel's tab, or in what scrolls."""
    from app.gui.docks import Dock, Scrolled

    while widget is not None:
        if isinstance(widget, Scrolled) or (isinstance(widget, Dock) and widget.visibleRegion().isEmpty()):
            return True
        widget = widget.parentWidget()
    return False


def clipped(window, width: int, height: int) -> list[str]:
    """Texts of the window that have less room than they need, or lie outside of it.

    The window itself is among them where it did not take the size, in the screen's pixels, that it was given.
    """
    from PySide6.QtWidgets import QAbstractButton, QLabel

    from app.gui.parts import ElidedLabel

    found = []
    ratio = window.devicePixelRatioF()
    if (window.width() * ratio, window.height() * ratio) != (width, height):
        found.append(f"window {window.width()}x{window.height()}")
    for widget in (*window.findChildren(QLabel), *window.findChildren(QAbstractButton)):
        if not widget.isVisible() or isinstance(widget, ElidedLabel) or may_be_away(widget):
            continue
        corner = widget.mapTo(window, widget.rect().bottomRight())
        inside = window.rect().contains(corner)
        if not inside or widget.width() < widget.minimumSizeHint().width() or widget.height() < 10:
            found.append(widget.text())
    return found


STORIES = {story.__name__: story for story in (pointer, keyboard, recording, refused, settings, chooser, sizes)}
