"""Stories of the panels, the command search and the colours, told with real mouse and key events."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from tests.app.gui.at_desk import at_hand, begun, box_of, center_of, click_row
from tests.app.gui.drive import Condition, Player
from tests.app.gui.stories import clipped


def panels(player: Player) -> Iterator[Condition]:
    """Open panels by key, copy the table, close, float and move panels, leave them so."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    desk, notes, window = yield from begun(player)
    shown, docks = window.panels, window.panels.docks
    names = list(docks._docks)
    notes["opened"] = {name: docks.dock(name).isVisible() for name in names}
    notes["left_of_view"] = docks.dock("hand").x() < window.viewer.x()
    notes["floats"] = docks.dock("depth").isFloating()
    yield from at_hand(player, desk)
    if notes["opened"]["joints"]:  # the second visit
        window.close()
        return

    for key in "ajp":
        desk.key(key)
        yield player.polls(3)
    desk.key("Control_L", "l")
    logging.getLogger("app.story").info("a line of the story")
    yield player.polls(6)
    notes["angles_behind_joints"] = shown.joints.is_seen and not shown.angles.is_seen
    yield lambda: shown.joints.table.rowCount() == 21
    yield lambda: "a line of the story" in shown.log.text.toPlainText()
    docks.dock("plots").raise_()
    yield lambda: bool(shown.plots.curves)
    x_curve = shown.plots.curves["x"]
    yield lambda: x_curve.getData()[0] is not None and len(x_curve.getData()[0]) > 20
    notes["plotted_mm"] = [float(shown.plots.curves[axis].getData()[1][-1]) for axis in "xyz"]
    notes["joint"] = shown.plots.joint.currentIndex()
    player.save("panels")
    desk.click(*center_of(shown.joints.copy_button))
    yield lambda: QGuiApplication.clipboard().text().startswith("Joint\tx")
    notes["copied"] = QGuiApplication.clipboard().text()
    table = shown.joints.table
    item = table.visualItemRect(table.item(1, 1)).center()
    on_screen = table.viewport().mapToGlobal(item)
    desk.click(on_screen.x(), on_screen.y())
    yield lambda: bool(table.selectedIndexes())
    desk.key("Control_L", "c")
    yield lambda: QGuiApplication.clipboard().text().count("\n") == 2
    notes["copied_cell"] = QGuiApplication.clipboard().text()

    desk.click(*center_of(docks.dock("plots").titleBarWidget().close_button))
    yield lambda: not docks.dock("plots").isVisible()
    notes["menu_knows"] = docks.dock("plots").toggleViewAction().isChecked()
    title = docks.dock("hand").titleBarWidget()
    x, y = center_of(title)
    desk.move(x, y)
    desk.button("left", True)
    target = docks.mapToGlobal(docks.rect().topLeft())
    for share in (0.1, 0.3, 0.6, 0.8, 0.9, 1.0, 1.0):
        desk.move(x + share * (target.x() + 16 - x), y + share * (target.y() + 200 - y))
        yield player.polls(3)
    desk.button("left", False)
    yield lambda: docks.dockWidgetArea(docks.dock("hand")) == Qt.DockWidgetArea.LeftDockWidgetArea
    desk.click(*center_of(docks.dock("depth").titleBarWidget().float_button))
    yield docks.dock("depth").isFloating
    yield player.polls(6)
    player.save("moved")
    notes["focus"] = QApplication.activeWindow() is not None
    window.close()


def commands(player: Player) -> Iterator[Condition]:
    """Find a command by two words and do it; change the colours so, look at the panels at first again."""
    from PySide6.QtWidgets import QApplication

    desk, notes, window = yield from begun(player)
    palette = QApplication.activeModalWidget
    notes["at_first"] = window.toolbar.grab().toImage().pixelColor(600, 5).lightness()
    for name, typed in (("angles", "joint ang"), ("light", "appear light"), ("nothing", "qqq")):
        yield from at_hand(player, desk)
        desk.key("Control_L", "Shift_L", "p")
        yield lambda: palette() is not None
        yield lambda: palette().line.hasFocus()
        for letter in typed:
            desk.key("space" if letter == " " else letter)
        yield lambda typed=typed: palette().line.text() == typed
        notes[name] = [palette().list.item(row).text() for row in range(palette().list.count())]
        player.save(name)
        desk.key("Return")
        yield lambda: palette() is None
        yield player.polls(5)
    notes["angles_shown"] = window.panels.angles.is_seen
    notes["light"] += [window.toolbar.grab().toImage().pixelColor(600, 5).lightness()]
    notes["remembered"] = window._preferences.look
    yield player.polls(5)
    player.save("light_window")
    window.close()


def camera(player: Player) -> Iterator[Condition]:
    """Open the camera in its panel, change its stream, options and filters, reconnect; no camera again."""
    from PySide6.QtCore import QPoint

    desk, notes, window = yield from begun(player)
    panel, session = window.panels.camera, window.session
    yield from at_hand(player, desk)
    desk.key("Control_L", "Shift_L", "c")
    yield lambda: panel.is_seen and panel.devices.count() > 1
    notes["no_camera"] = panel.about.text()

    def choose(combo, row: int) -> Iterator[Condition]:
        yield from click_row(player, desk, combo, row)
        yield player.polls(5)  # the panel may make the list anew, so it is not looked at again

    def running() -> object:
        return session.view().camera

    def is_running() -> bool:
        return running() is not None and bool(panel.controls)

    yield from choose(panel.devices, 1)
    yield is_running
    yield player.polls(8)
    notes["about"] = panel.about.text()
    notes["rows"] = list(panel.controls)
    notes["modes"] = [panel.modes.itemText(row) for row in range(panel.modes.count())]
    player.save("camera")

    slider = panel.controls["laser_power"].slider
    end = slider.mapToGlobal(QPoint(slider.width() - 3, slider.height() // 2))
    desk.click(end.x(), end.y())
    yield lambda: _value(running(), "laser_power") > 150
    desk.move(*center_of(window.viewer))
    yield player.polls(12)
    notes["laser"] = _value(running(), "laser_power")
    desk.click(*box_of(panel.controls["enable_auto_exposure"].switch))
    yield lambda: _value(running(), "enable_auto_exposure") == 0
    gain = panel.controls["gain"].number
    desk.click(*center_of(gain))
    desk.key("Control_L", "a")
    for key in ("6", "4", "Return"):
        desk.key(key)
    yield lambda: _value(running(), "gain") == 64
    for name in ("spatial", "holes"):
        desk.click(*box_of(panel.filters.switches[name]))
        yield lambda name=name: getattr(running().filters, name)
    generation = session.view().generation

    def reopened(width: int) -> Condition:
        def holds() -> bool:
            view = session.view()
            return is_running() and view.latest is not None and view.latest.frame.camera.width == width

        return holds

    yield from choose(panel.modes, 0)
    yield reopened(320)
    yield player.polls(12)
    yield from choose(panel.filters.decimation, 1)
    yield reopened(160)
    yield player.polls(12)
    view = session.view()
    notes["decimated"] = [view.latest.frame.camera.fx, view.latest.frame.camera.ppx, *view.latest.frame.raw.shape]
    notes["reopened"] = view.generation - generation
    notes["kept"] = {name: _value(running(), name) for name in ("laser_power", "gain", "enable_auto_exposure")}
    notes["filters"] = [running().filters.spatial, running().filters.temporal, running().filters.holes]
    player.save("decimated")
    generation = session.view().generation
    desk.click(*center_of(panel.connect_button))
    yield lambda: session.view().generation == generation + 1 and is_running()

    near = panel.range.near
    desk.click(*center_of(near))
    desk.key("Control_L", "a")
    for key in ("0", "period", "3", "Return"):
        desk.key(key)
    yield lambda: session.options.near_m == 0.3
    yield lambda: window.panels.depth.view._span_m[0] == 0.3
    notes["built_range"] = [player.built[-1].near_m, player.built[-1].far_m] if player.built else None
    notes["legend"] = list(window.panels.depth.view._span_m)
    window.open_source("other")
    yield player.playing("Other")
    yield player.polls(12)
    notes["no_camera_again"] = panel.about.text()
    window.close()


def simulator(player: Player) -> Iterator[Condition]:
    """Start the simulated camera from its panel, then change what it shows while it plays."""
    desk, notes, window = yield from begun(player)
    panel, session = window.panels.simulator, window.session
    yield from at_hand(player, desk)
    desk.key("Control_L", "Shift_L", "m")
    yield lambda: panel.is_seen
    yield player.polls(4)
    desk.click(*box_of(panel.clutter))
    yield panel.clutter.isChecked
    yield player.polls(10)
    notes["before_start"] = session.view().wanted
    desk.click(*center_of(panel.start))
    yield lambda: session.view().wanted == "simulate:clutter"
    yield player.playing("Simulated camera")
    for combo, word in ((panel.hands, "Left hand"), (panel.motion, "Random poses")):
        combo.setFocus()
        desk.key("Down")
        yield lambda combo=combo, word=word: combo.currentText() == word
    panel.distance.setFocus()
    desk.key("Control_L", "a")
    for key in ("0", "period", "6", "Return"):
        desk.key(key)
    yield lambda: (session.view().wanted or "").endswith("distance=0.6,clutter")
    notes["wanted"] = session.view().wanted
    window.close()


def crowded(player: Player) -> Iterator[Condition]:
    """With all panels open: what is cut off at common sizes, and how far text stands out in both looks."""
    from app.gui import theme

    notes = player.notes
    yield player.playing("Animated hand", 6)
    window = player.window
    docks, ratio = window.panels.docks, window.devicePixelRatioF()
    for name in docks._docks:
        if not docks.dock(name).isVisible():
            docks.dock(name).toggleViewAction().trigger()
            yield player.polls(2)
    notes["clipped"], notes["contrast"] = {}, {}
    for width, height in ((1000, 650), (1280, 720), (1920, 1080)):
        if ratio > 1 and (width, height) != (1920, 1080):
            continue
        window.setGeometry(0, 0, int(width / ratio), int(height / ratio))
        yield player.polls(25)
        size = f"{width}x{height}"
        notes["clipped"][size] = clipped(window, width, height)
        player.save(f"crowded-{size}")
    for look in ("light", "dark"):
        window.menus.looks[look].trigger()
        for front in (("camera", "joints", "plots"), ("simulator", "angles", "log")):
            for name in front:
                docks.dock(name).raise_()
            yield player.polls(20)
            notes["contrast"][f"{look} {front[0]}"] = _contrasts(window)
            player.save(f"{look}-{front[0]}")
    notes["ground"] = theme.colors().panel
    window.close()


def _contrasts(window) -> dict[str, float]:
    """The contrast of each text that is seen and not disabled, by the pixels of the screen."""
    from collections import Counter

    from PySide6.QtCore import QPoint, QRect
    from PySide6.QtWidgets import QAbstractButton, QLabel

    from app.gui.colors import contrast

    found, whole = {}, window.grab().toImage()
    for widget in (*window.findChildren(QLabel), *window.findChildren(QAbstractButton)):
        text = widget.text()
        if not text or not widget.isEnabled() or text.startswith("<"):
            continue
        if widget.visibleRegion().boundingRect() != widget.rect():  # half scrolled away, or not seen at all
            continue
        corner, ratio = widget.mapTo(window, QPoint(0, 0)), whole.devicePixelRatio()
        seen = widget.visibleRegion().boundingRect().translated(corner)
        picture = whole.copy(QRect(seen.topLeft() * ratio, seen.size() * ratio))
        colors = Counter(
            picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())
        )
        (ground, _), *others = colors.most_common()
        found[text] = max((contrast(color, ground) for color, _ in others), default=1.0)
    return found


def _value(state, name: str) -> float:
    return next(control.value for control in state.controls if control.name == name) if state is not None else -1.0


STORIES = {story.__name__: story for story in (panels, commands, camera, simulator, crowded)}
