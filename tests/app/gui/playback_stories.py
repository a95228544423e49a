"""Stories of a person at the playback bar, told with real mouse and key events; tests.app.gui.drive plays them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.app.gui.at_desk import center_of
from tests.app.gui.desk import Desk
from tests.app.gui.drive import Condition, Player
from tests.app.gui.fakes import write_film
from tests.app.gui.stories import clipped

COUNT = 60
"""Frames of the film, two seconds."""


class Viewer:
    """A person before the bar: knows where a frame lies on the strip."""

    def __init__(self, player: Player) -> None:
        self.player, self.desk = player, Desk()
        self.bar = player.window.playback_bar

    def on_strip(self, index: float) -> tuple[float, float]:
        """Where a frame lies on the screen."""
        from PySide6.QtCore import QPointF

        strip = self.bar.strip
        place = strip.mapToGlobal(QPointF(strip.x_of(index), strip.height() / 2))
        return place.x() * strip.devicePixelRatioF(), place.y() * strip.devicePixelRatioF()

    def press(self, *keys: str) -> Condition:
        """Press a key; holds three looks later."""
        self.desk.key(*keys)
        return self.player.polls(3)

    def open(self, path: Path) -> Iterator[Condition]:
        """Play this film, paused at its first frame, with the keyboard at nobody's button."""
        window = self.player.window
        window.open_source(str(path))
        yield lambda: window.session.view().wanted == str(path) and not self.bar.isHidden()
        yield self.player.polls(3)
        self.desk.move(*center_of(window.viewer))
        window.activateWindow()
        yield window.isActiveWindow
        window.session.set_paused(True)
        yield self.player.pill("Paused")
        yield self.press("Home")
        yield self.player.shows(0)


def playback(player: Player) -> Iterator[Condition]:
    """Go about a film by key and by mouse, change its speed, loop a part of it."""
    notes = player.notes
    yield player.playing("Animated hand", 6)
    window, viewer = player.window, Viewer(player)
    desk, bar = viewer.desk, viewer.bar
    notes["hidden_before"] = bar.isHidden()
    yield from viewer.open(write_film(player.folder / "film", COUNT))
    notes["by_key"] = []
    steps = (("period", 1), ("period", 2), ("comma", 1), ("Right", 31), ("Left", 1), ("End", COUNT - 1), ("Home", 0))
    for key, expected in steps:
        yield viewer.press(key)
        yield player.shows(expected)
        notes["by_key"].append(key)
    desk.click(*viewer.on_strip(20))
    yield player.shows(20)
    desk.move(*viewer.on_strip(5))
    desk.button("left", True)
    for index in (10, 33, 40, 3 * COUNT, -COUNT, 44):
        desk.move(*viewer.on_strip(index))
        yield player.shows(min(max(index, 0), COUNT - 1))
    player.save("dragged")
    desk.button("left", False)
    yield player.polls(5)
    notes["after_drag"] = window.viewer.state.text(), bar.frame.text(), bar.time.text()

    yield viewer.press("space")
    yield player.pill("Tracking")
    desk.move(*viewer.on_strip(30))
    desk.button("left", True)
    yield player.shows(30)
    yield player.pill("Paused")
    desk.button("left", False)
    yield player.pill("Tracking")
    notes["plays_on"] = True

    yield viewer.press("minus")
    yield lambda: bar.speed.text() == "0.5×"
    desk.click(*center_of(bar.speed))
    yield lambda: bar.speeds.isVisible()
    yield player.polls(4)
    notes["menu_inside"] = window.geometry().contains(bar.speeds.geometry())
    for key in ("Down", "Return"):
        yield viewer.press(key)
    yield lambda: bar.speed.text() == "0.25×"
    window.session.playback.set_speed(4.0)

    desk.click(*viewer.on_strip(10))
    yield player.polls(3)
    yield viewer.press("space")
    yield player.pill("Paused")
    for index, key in ((14, "bracketright"), (10, "bracketleft")):
        desk.click(*viewer.on_strip(index))
        yield player.shows(index)
        yield viewer.press(key)
    yield viewer.press("space")
    seen: list[int] = []
    notes["in_part"] = seen

    def watched() -> bool:
        seen.append(window.session.view().latest.frame.index)
        return len(seen) >= 60

    yield watched
    player.save("part")
    yield viewer.press("BackSpace")
    yield lambda: window.session.view().latest.frame.index > 20
    notes["left_part"] = True
    window.open_source("live")
    yield player.playing("Live")
    yield player.polls(3)
    notes["hidden_for_a_camera"] = bar.isHidden(), bar.on.isEnabled()
    window.close()


def rough(player: Player) -> Iterator[Condition]:
    """Play to the end and step back from it, seek while recording, ask for too much, close in the middle of a seek."""
    notes = player.notes
    yield player.playing("Animated hand", 6)
    window, viewer = player.window, Viewer(player)
    session, bar = window.session, viewer.bar
    yield from viewer.open(write_film(player.folder / "film", COUNT))
    window.toolbar.loop.trigger()
    yield viewer.press("space")
    yield player.pill("End of recording")
    yield viewer.press("comma")
    yield player.shows(COUNT - 2)
    yield player.pill("Paused")
    yield viewer.press("space")
    yield player.pill("End of recording")
    generation = session.view().generation
    yield viewer.press("space")
    yield player.pill("Tracking")
    notes["same_source"] = session.view().generation == generation
    yield viewer.press("space")
    yield player.pill("Paused")

    take = player.folder / "take.bag"
    session.outputs.start_recording(take)
    for index in (10, 50, 3):
        viewer.desk.click(*viewer.on_strip(index))
        yield player.shows(index)
    done = session.outputs.stop_recording()
    notes["recorded"] = done.written, done.error, take.exists()
    for index, expected in ((10**12, COUNT - 1), (-(10**12), 0)):
        session.playback.seek(index)
        yield player.shows(expected)
    for index in range(0, COUNT, 7):
        bar.sought.emit(index)
    window.close()


def bar_sizes(player: Player) -> Iterator[Condition]:
    """Look for what is cut off at the sizes of common screens, with a bar that has been played, and at the help."""
    from PySide6.QtWidgets import QApplication, QLabel

    notes = player.notes
    yield player.playing("Animated hand", 6)
    window, viewer = player.window, Viewer(player)
    yield from viewer.open(write_film(player.folder / "film", COUNT))
    window.session.playback.set_part((20, 40))
    yield viewer.press("space")
    yield lambda: bool((window.session.view().played.strip().verdicts[20:41] > 0).all())
    notes["clipped"] = {}
    ratio = window.devicePixelRatioF()
    for width, height in ((1000, 650), (1280, 720)) if ratio == 1 else ((1920, 1080),):
        window.setGeometry(0, 0, int(width / ratio), int(height / ratio))
        yield player.polls(12)
        notes["clipped"][f"{width}x{height}"] = clipped(window, width, height)
        player.save(f"bar_{width}x{height}")
    yield viewer.press("F1")
    yield lambda: QApplication.activeModalWidget() is not None
    yield player.polls(6)
    player.save("bar_keys")
    dialog = QApplication.activeModalWidget()
    notes["help"] = [label.text() for label in dialog.findChildren(QLabel)]
    dialog.reject()
    yield player.polls(3)
    window.close()


STORIES = {story.__name__: story for story in (playback, rough, bar_sizes)}
