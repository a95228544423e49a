"""Stories of what the 3D view shows, told with real mouse and key events; tests.app.gui.drive plays them."""

from __future__ import annotations

from collections.abc import Iterator

from app.viewer.shown import Coloring
from tests.app.gui.at_desk import begun, center_of
from tests.app.gui.desk import Desk
from tests.app.gui.drive import Condition, Player


def visitors(player: Player) -> Iterator[Condition]:
    """Names on and off, no hand, then the show for visitors: it swings, stops at a touch, and ends."""
    from app.gui import call_to_hand, kiosk

    kiosk.IDLE_S = call_to_hand.WAIT_S = 0.3
    desk, notes, window = yield from begun(player)
    desk.move(*center_of(window.viewer))
    window.activateWindow()
    yield window.isActiveWindow
    player.watch_drawing()
    yield player.drawn(with_hand=True)
    player.save("plain")
    desk.key("n")
    yield player.drawn(with_hand=True)
    notes["names"] = window.menus.names.isChecked()
    player.save("names")

    call = window.messages.call
    notes["called_with_hand"] = not call.isHidden()
    window.toolbar.hand_buttons["left"].click()  # which the stand-in for a tracker does not see
    yield lambda: not call.isHidden()
    notes["call"] = call.text()
    yield player.polls(6)
    player.save("call")
    window.toolbar.hand_buttons["auto"].click()
    yield call.isHidden

    size = window.size()
    desk.move(*center_of(window.viewer))
    window.activateWindow()  # what a desktop does
    yield window.isActiveWindow
    yield player.polls(3)
    desk.key("Control_L", "k")
    yield window.isFullScreen
    yield lambda: window.viewer.width() > 0.95 * window.width()
    notes["bars"] = [part.isVisible() for part in (window.menus, window.toolbar, window.status, window.panels.hand)]
    viewer = window.viewer.viewer
    before = viewer.view_matrix()
    yield lambda: abs(viewer.view_matrix() - before).max() > 0.02
    notes["swings"] = True
    player.save("show")
    desk.key("space")  # though the tool bar is hidden
    yield player.pill("Paused")
    desk.key("space")
    yield player.pill("Tracking")
    desk.key("Escape")
    yield lambda: not window.isFullScreen()
    yield lambda: window.toolbar.isVisible() and window.menus.isVisible()
    notes["back"] = window.size() == size
    window.close()


def newcomer(player: Player) -> Iterator[Condition]:
    """Start without a camera, then with one that may not be opened."""
    from PySide6.QtGui import QGuiApplication

    from app.gui import message_control

    desk, notes = Desk(), player.notes
    message_control.forbidden_cameras = list
    yield player.playing("Bundled", 4)
    window = player.window
    yield lambda: bool(window.banner.text)
    notes["no_camera"], notes["button"] = window.banner.text, window.banner.action_button.isVisible()
    player.save("no_camera")
    message_control.forbidden_cameras = lambda: ["Intel(R) RealSense(TM) Depth Camera 435"]
    window.messages._explained = False
    yield lambda: "435" in window.banner.text
    player.save("forbidden")
    desk.click(*center_of(window.banner.action_button))
    yield lambda: "udevadm" in QGuiApplication.clipboard().text()
    notes["copied"] = QGuiApplication.clipboard().text()
    window.close()


def sights(player: Player) -> Iterator[Condition]:
    """Everything that the 3D view shows by choice, by its keys."""
    desk, notes, window = yield from begun(player)
    choices, hint = window.sights, window.viewer._hint
    desk.move(*center_of(window.viewer))
    window.activateWindow()
    yield window.isActiveWindow
    player.watch_drawing()
    yield player.drawn(with_hand=True)
    player.save("bones")
    for _ in range(3):
        desk.key("m")
        yield player.polls(3)
    notes["hands_as"] = [action.text() for action in choices.hands_as.values() if action.isChecked()]
    yield player.drawn(with_hand=True)
    player.save("cloud")
    desk.key("m")
    desk.key("u")
    yield lambda: choices.colorings[Coloring.DEPTH].isChecked()
    yield player.drawn(with_hand=True)
    player.save("depth")
    desk.key("u")
    yield lambda: hint.text() != "" and "model" in hint.text()
    notes["without_model"] = hint.text()
    desk.key("u")
    yield lambda: "colour" in hint.text()
    notes["without_colors"] = hint.text()
    desk.key("u")
    desk.key("g")
    yield choices.camera.isChecked
    desk.key("v")
    yield lambda: window.viewer.viewer._insight is not None
    yield player.drawn(with_hand=True)
    notes["network"] = hint.text()
    player.save("network")
    desk.key("k")
    yield lambda: hint.text() != notes["network"]
    notes["next"] = hint.text()
    window.toolbar.play.trigger()
    yield player.pill("Paused")
    desk.key("Shift_L", "k")
    yield lambda: hint.text() == notes["network"]
    desk.key("v")
    yield lambda: window.viewer.viewer._insight is None
    desk.key("4")
    yield player.polls(6)
    notes["front"] = window.viewer.viewer.view_matrix()[:3, :3].tolist()
    notes["hint"] = hint.text()
    window.close()


STORIES = {story.__name__: story for story in (visitors, newcomer, sights)}
