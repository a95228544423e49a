"""Stories of choices in menus and lists: colours, networks, a picture, typing; told with real mouse and key events."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.gui.depth_panel import Pictures
from app.sources.camera_settings import ColorStream
from app.viewer.shown import Coloring
from tests.app.gui.at_desk import at_hand, begun, center_of, choose_action, choose_row, on_screen
from tests.app.gui.desk import Desk
from tests.app.gui.drive import Condition, Player


def colors(player: Player) -> Iterator[Condition]:
    """The colours of the simulated camera in the 3D view and beside the depth image, the zoom, and back."""
    desk, notes, window = yield from begun(player)
    session, panel, sights = window.session, window.panels.depth, window.sights
    notes["offered_for_recording"] = not panel.pictures.isHidden()
    window.open_source("simulate:color")
    yield player.playing("Simulated camera")
    yield from at_hand(player, desk)
    yield lambda: not panel.pictures.isHidden()

    def newest_color() -> object:
        return session.view().latest.frame.color

    def streams(color: ColorStream) -> Condition:
        def holds() -> bool:
            view = session.view()
            return view.camera is not None and view.camera.color is color and view.latest is not None

        return holds

    notes["at_first"] = newest_color() is None
    player.watch_drawing()
    player.save("plain")
    while not sights.colorings[Coloring.CAMERA].isChecked():
        desk.key("u")
        yield player.polls(3)
    yield streams(ColorStream.ON)
    yield lambda: newest_color() is not None and window.viewer.viewer._last[0].color is not None
    yield player.polls(4)
    player.save("view")
    hint = window.viewer._hint.text()
    notes["hint"] = hint
    yield from choose_row(player, desk, panel.pictures, list(Pictures).index(Pictures.BOTH))
    yield lambda: panel.view.has_color
    yield player.polls(6)
    player.save("both")
    notes["menu_knows"] = window.depth_choices.pictures[Pictures.BOTH].isChecked()
    part = panel.view._window.within(1, 1)
    yield from at_hand(player, desk)
    desk.click(*center_of(window.viewer))  # the list gives the keyboard back
    desk.key("z")
    yield lambda: panel.view._window.within(1, 1).width() < 0.9 * part.width()
    player.save("zoomed")

    view_menu = window.menus.view_menu.menuAction()
    depth_menu = next(action for action in view_menu.menu().actions() if action.text() == "Depth image")
    yield from choose_action(player, desk, view_menu, depth_menu, window.depth_choices.pictures[Pictures.DEPTH])
    generation = session.view().generation
    yield from at_hand(player, desk)
    desk.key("u")
    yield lambda: sights.colorings[Coloring.HAND].isChecked()
    yield lambda: session.view().generation > generation
    yield streams(ColorStream.OFF)
    yield lambda: newest_color() is None
    while not sights.colorings[Coloring.CAMERA].isChecked():
        desk.key("u")
        yield player.polls(3)
    window.open_source("hand")
    yield player.playing("Animated hand")
    yield lambda: "No colour" in window.viewer._hint.text()
    notes["picker_hidden"] = panel.pictures.isHidden()
    window.close()


def recorded_colors(player: Player) -> Iterator[Condition]:
    """The colours of a recording in the 3D view and beside the depth image, while it plays and while it stands."""
    from app.gui.messages import source_name
    from tests.app.gui.fakes import CAMERA, COLORED, PERIOD, UNITS, depth_at
    from tests.app.sources.sdk_bag import SdkBag

    desk, notes, window = yield from begun(player)
    session, panel, sights = window.session, window.panels.depth, window.sights
    film = SdkBag(
        images=[np.round(depth_at(step) / UNITS).astype(np.uint16) for step in range(PERIOD)],
        camera=CAMERA,
        option_units=UNITS,
        units=(UNITS,),
        colors=[np.full((*CAMERA.shape, 3), (20, 40, 200), np.uint8)] * PERIOD,
        color_camera=CAMERA,
    ).write(player.folder / COLORED)
    window.open_source(str(film))
    yield lambda: session.view().info is not None and session.view().info.has_color
    yield player.playing(source_name(session.view()))
    yield from at_hand(player, desk)
    yield lambda: not panel.pictures.isHidden()
    player.save("plain")
    generation = session.view().generation

    def is_colored() -> bool:
        latest = session.view().latest
        return latest is not None and latest.frame.color is not None

    notes["at_first"] = is_colored()
    while not sights.colorings[Coloring.CAMERA].isChecked():
        desk.key("u")
        yield player.polls(3)
    yield is_colored
    yield lambda: window.viewer.viewer._last[0].color is not None
    yield from choose_row(player, desk, panel.pictures, list(Pictures).index(Pictures.BOTH))
    yield lambda: panel.view.has_color
    yield player.polls(6)
    player.save("view")
    desk.click(*center_of(window.viewer))
    yield from at_hand(player, desk)
    desk.key("space")
    yield player.pill("Paused")
    yield player.polls(10)  # a frame may have been on its way
    index = session.view().latest.frame.index
    yield from choose_row(player, desk, panel.pictures, list(Pictures).index(Pictures.DEPTH))
    desk.click(*center_of(window.viewer))
    yield from at_hand(player, desk)
    desk.key("u")
    yield lambda: not is_colored()
    while not sights.colorings[Coloring.CAMERA].isChecked():
        desk.key("u")
        yield player.polls(3)
    yield is_colored
    notes["places"], notes["pill"] = [index, session.view().latest.frame.index], window.viewer.state.text()
    notes["same_source"] = session.view().generation == generation
    window.close()


def typing(player: Player) -> Iterator[Condition]:
    """Letters and arrows in a table, a list and a number, which are shortcuts of the window, too."""
    from PySide6.QtWidgets import QApplication

    desk, notes, window = yield from begun(player)
    menus, panels, session = window.menus, window.panels, window.session
    yield from at_hand(player, desk)
    for keys in (("j",), ("p",), ("Control_L", "Shift_L", "c")):
        desk.key(*keys)
        yield player.polls(4)
    yield lambda: panels.joints.table.rowCount() == 21 and panels.camera.is_seen and panels.plots.is_seen

    def switches() -> list[bool]:
        return [window.toolbar.loop.isChecked(), menus.names.isChecked(), window.toolbar.follow.isChecked()]

    before, choices = switches(), window.sights
    hand_as = next(kind for kind, action in choices.hands_as.items() if action.isChecked())
    table = panels.joints.table
    cell = table.viewport().mapToGlobal(table.visualItemRect(table.item(3, 0)).center())
    desk.click(cell.x(), cell.y())
    yield table.hasFocus
    for key in ("l", "n", "f", "m", "End", "space"):
        desk.key(key)
    yield player.polls(4)
    notes["cell"] = [table.currentRow(), table.currentColumn()]

    joint = panels.plots.joint
    yield from choose_row(player, desk, joint, 2)
    yield joint.hasFocus
    notes["joints"] = []
    for key in ("l", "r", "m"):
        desk.key(key)
        yield player.polls(4)
        notes["joints"].append(joint.currentText())
        yield player.polls(40)  # what is typed within a moment is one word

    near = panels.camera.range.near
    desk.click(*center_of(near))
    yield near.hasFocus
    desk.key("Control_L", "a")
    for key in ("0", "period", "3", "Left", "2", "Return"):
        desk.key(key)
    yield lambda: session.options.near_m != 0.15
    notes["near_m"] = session.options.near_m
    notes["switches"] = [before, switches()]
    notes["hand_as"] = choices.hands_as[hand_as].isChecked()
    notes["pill"] = window.viewer.state.text()
    notes["focus"] = QApplication.focusWidget() is near

    yield from at_hand(player, desk)
    desk.click(*center_of(window.viewer))
    yield lambda: not near.hasFocus()
    desk.key("n")
    yield lambda: switches()[1] != before[1]
    window.close()


def network(player: Player) -> Iterator[Condition]:
    """Other networks by the menu: one of the user's own while what the network sees is shown, full, a missing one."""
    import shutil
    import threading
    from pathlib import Path

    from app.gui import dialogs
    from models.assets import asset

    desk, notes = Desk(), player.notes
    own = player.folder / "own.onnx"
    for suffix in (".onnx", ".json"):
        shutil.copy(asset("models") / f"compact{suffix}", own.with_suffix(suffix))
    chosen = iter((own, Path("missing")))
    dialogs.choose_model = lambda _parent: next(chosen)  # a dialog of the desktop's own cannot be driven
    yield player.playing("Animated hand", 6)
    window = player.window
    menus, viewer, sights = window.menus, window.viewer.viewer, window.sights
    tracking = menus.tracking_menu.menuAction()
    networks = next(action for action in menus.tracking_menu.actions() if action.text() == "Network")
    yield from at_hand(player, desk)
    desk.key("v")
    yield lambda: viewer._insight is not None
    seen_by_first = sights._insight
    yield from choose_action(player, desk, tracking, networks, menus.model_file)
    yield lambda: player.built[-1].model == str(own)
    yield lambda: sights._insight is not seen_by_first and sights._insight.newest is not None
    yield lambda: viewer._insight is sights._insight.newest[1]
    notes["looks_with"] = Path(sights._looks_with).name
    yield lambda: [thread.name for thread in threading.enumerate()].count("insight") == 1

    yield from at_hand(player, desk)
    desk.key("v")
    yield lambda: viewer._insight is None
    yield from choose_action(player, desk, tracking, networks, menus.models["full"])
    yield lambda: player.built[-1].model == "full" and window.session.model == "full"
    yield from choose_action(player, desk, tracking, networks, menus.model_file)
    yield lambda: bool(window.banner.text)
    notes["banner"], notes["model"] = window.banner.text, window.session.model
    notes["pill"] = window.viewer.state.text()
    yield from choose_action(player, desk, tracking, networks)
    yield networks.menu().isVisible
    notes["marked"] = [name for name, action in menus.models.items() if action.isChecked()]
    for _ in range(3):
        desk.key("Escape")
        yield player.polls(3)
    yield lambda: not menus.tracking_menu.isVisible()
    window.close()


def person(player: Player) -> Iterator[Condition]:
    """Choose a known person, name a new one, the first name being none; at the second visit, nobody."""
    from PySide6.QtWidgets import QApplication, QInputDialog

    desk, notes, window = yield from begun(player)
    menus, session = window.menus, window.session
    notes["at_first"] = session.options.person
    tracking = menus.tracking_menu.menuAction()
    people = next(action for action in menus.tracking_menu.actions() if action.text() == "Person")

    def choose(text: str) -> Iterator[Condition]:
        yield from at_hand(player, desk)
        yield from choose_action(player, desk, tracking, people)
        yield people.menu().isVisible
        yield player.polls(3)
        action = next(action for action in people.menu().actions() if action.text() == text)
        desk.click(*on_screen(people.menu(), people.menu().actionGeometry(action)))

    def typed(letters: str) -> Iterator[Condition]:
        dialog = QApplication.activeModalWidget()
        dialog.activateWindow()
        yield dialog.isActiveWindow
        for letter in letters:
            desk.key("space" if letter == " " else letter)
        yield lambda: dialog.textValue() == letters
        desk.key("Return")
        yield lambda: QApplication.activeModalWidget() is not dialog

    if notes["at_first"]:
        yield from choose("None")
        yield lambda: player.built[-1].person == ""
        window.close()
        return
    yield from choose("anna")
    yield lambda: player.built[-1].person == "anna"
    yield from choose("New…")
    yield lambda: isinstance(QApplication.activeModalWidget(), QInputDialog)
    yield from typed("b c")
    yield lambda: isinstance(QApplication.activeModalWidget(), QInputDialog)
    notes["asked_again"] = QApplication.activeModalWidget().labelText()
    QApplication.activeModalWidget().setTextValue("")
    yield player.polls(3)
    player.save("asked")
    yield from typed("bert")
    yield lambda: player.built[-1].person == "bert"
    yield from at_hand(player, desk)
    yield from choose_action(player, desk, tracking, people)
    yield people.menu().isVisible
    yield player.polls(6)
    player.save("people")
    notes["people"] = {action.text(): action.isChecked() for action in people.menu().actions() if action.text()}
    notes["generation"], notes["pill"] = session.view().generation, window.viewer.state.text()
    for _ in range(3):
        desk.key("Escape")
        yield player.polls(3)
    window.close()


def picture(player: Player) -> Iterator[Condition]:
    """Save a picture by key, in Qt's own dialog, to a name without a suffix."""
    from PySide6.QtCore import QCoreApplication, Qt
    from PySide6.QtWidgets import QFileDialog, QLineEdit

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)

    desk, notes, window = yield from begun(player)
    yield from at_hand(player, desk)
    desk.key("Control_L", "Shift_L", "s")
    yield lambda: bool(window.findChildren(QFileDialog))
    dialog = window.findChildren(QFileDialog)[0]  # its children are gone from here with it
    line = dialog.findChild(QLineEdit, "fileNameEdit")
    yield line.hasFocus
    notes["proposal"] = line.text()
    line.setText(str(player.folder / "taken"))  # letter by letter it would depend on the keyboard's layout
    desk.key("Return")
    yield lambda: bool(window.banner.text)
    yield player.polls(6)
    notes["said"], notes["is_file"] = window.banner.text, window.banner.show_button.isVisible()
    view = window.viewer.view_widget()
    corner = view.mapTo(window, view.rect().topLeft())
    notes["view"] = [corner.x(), corner.y(), view.width(), view.height()]
    notes["window"] = [window.width(), window.height()]
    window.close()


def whole_hands(player: Player) -> Iterator[Condition]:
    """The panel of one hand at the first start, and of two; then a window that is too small for both."""
    from dataclasses import replace

    from tests.app.gui.fakes import pose_at

    notes = player.notes
    yield player.playing("Animated hand", 6)
    window = player.window
    hand, docks = window.panels.hand, window.panels.docks
    window.toolbar.play.trigger()
    yield player.pill("Paused")

    def is_whole() -> bool:
        panel = hand.panels[1] if hand.panels[1].isVisible() else hand.panels[0]
        return panel.visibleRegion().boundingRect().height() == panel.height()

    yield player.polls(4)
    notes["one"] = is_whole()
    right = pose_at(0)
    hand.show_poses((right, replace(right, hand="left")), ())
    yield player.polls(8)
    notes["two"], notes["image_px"] = is_whole(), window.panels.depth.view.height()
    hand.clear()
    window.resize(1000, 480)
    yield player.polls(4)
    hand.show_poses((right, replace(right, hand="left")), ())
    yield player.polls(8)
    notes["small_image_px"] = docks.dock("depth").height()
    window.close()


STORIES = {story.__name__: story for story in (colors, recorded_colors, typing, network, person, picture, whole_hands)}
