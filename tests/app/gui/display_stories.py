"""Stories of displays that lack something, told with real mouse and key events."""

from __future__ import annotations

from collections.abc import Iterator

from tests.app.gui.at_desk import at_hand, begun, choose_action
from tests.app.gui.drive import Condition, Player


def without_opengl(player: Player) -> Iterator[Condition]:
    """Pause and go on by key, open a panel, look into the view's menu, ask for an export, open another source."""
    from PySide6.QtWidgets import QApplication, QLabel

    from app.gui.export_dialog import ExportDialog, ExportKind

    desk, notes, window = yield from begun(player)
    menus, viewer, bar = window.menus, window.viewer, window.toolbar
    notes["mode"] = viewer.mode
    notes["said"] = " ".join(label.text() for label in viewer.findChildren(QLabel) if label.isVisible())
    yield from at_hand(player, desk)
    desk.key("space")
    yield player.pill("Paused")
    desk.key("space")
    yield player.pill("Tracking")
    desk.key("j")
    yield lambda: window.panels.joints.table.rowCount() == 21
    for key in ("c", "v", "u", "1"):
        desk.key(key)
    yield player.polls(6)
    notes["shows_cube"], notes["asks_network"] = menus.cube.isChecked(), window.sights.network.isChecked()
    player.save("tracking")

    yield from choose_action(player, desk, menus.view_menu.menuAction())
    yield menus.view_menu.isVisible
    yield player.polls(6)
    player.save("menu")
    notes["of_the_view"] = [
        action.isEnabled() for action in (menus.from_side, menus.kiosk, bar.follow, bar.reset, *window.sights.actions)
    ]
    notes["of_the_window"] = [action.isEnabled() for action in (menus.full_screen, menus.picture, menus.export)]
    for _ in range(2):  # the menu, then the bar
        desk.key("Escape")
        yield player.polls(3)
    yield lambda: not menus.view_menu.isVisible()
    yield from at_hand(player, desk)
    desk.key("Control_L", "e")
    yield lambda: isinstance(QApplication.activeModalWidget(), ExportDialog)
    dialog = QApplication.activeModalWidget()
    notes["exports"] = [kind.name for kind in ExportKind if dialog.kind_buttons[kind].isEnabled()]
    dialog.activateWindow()
    yield dialog.isActiveWindow
    desk.key("Escape")
    yield lambda: QApplication.activeModalWidget() is None
    window.open_source("other")
    yield player.playing("Other")
    window.close()


STORIES = {story.__name__: story for story in (without_opengl,)}
