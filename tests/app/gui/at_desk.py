"""What a person does at the desk in every story: wait for the window, aim, choose from menus and lists."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from tests.app.gui.desk import Desk
from tests.app.gui.drive import Condition, Player

if TYPE_CHECKING:
    from app.gui.window import MainWindow


def begun(player: Player) -> Generator[Condition, None, tuple[Desk, dict[str, object], MainWindow]]:
    """Wait for the hand; what a story needs: a hand on mouse and keyboard, what it notes, the window."""
    desk = Desk()
    yield player.playing("Animated hand", 6)
    return desk, player.notes, player.window


def center_of(widget) -> tuple[float, float]:
    """Where the middle of a widget is on the screen."""
    return on_screen(widget, widget.rect())


def on_screen(widget, part) -> tuple[float, float]:
    """Where the middle of a part of a widget is on the screen."""
    middle = widget.mapToGlobal(part.center())
    ratio = widget.devicePixelRatioF()
    return middle.x() * ratio, middle.y() * ratio


def at_hand(player: Player, desk: Desk) -> Iterator[Condition]:
    """The keyboard is the window's, as a desktop does it."""
    desk.move(*center_of(player.window.viewer))
    player.window.activateWindow()
    yield player.window.isActiveWindow
    yield player.polls(3)


def box_of(switch) -> tuple[float, float]:
    """Where the box of a switch is on the screen; beside its text nothing is to be clicked."""
    place = switch.mapToGlobal(switch.rect().topLeft())
    return place.x() + 7, place.y() + switch.height() / 2


def choose_row(player: Player, desk: Desk, combo, row: int) -> Iterator[Condition]:
    """With the mouse: open the list, click the row, see the list close."""
    yield from click_row(player, desk, combo, row)
    view = combo.view()
    yield lambda: not view.isVisible()


def click_row(player: Player, desk: Desk, combo, row: int) -> Iterator[Condition]:
    """With the mouse: open the list, click the row, which may have the list made anew."""
    desk.click(*center_of(combo))
    yield combo.view().isVisible
    yield player.polls(5)
    view = combo.view()
    place = view.viewport().mapToGlobal(view.visualRect(combo.model().index(row, 0)).center())
    desk.click(place.x(), place.y())


def choose_action(player: Player, desk: Desk, *path) -> Iterator[Condition]:
    """With the mouse: click a menu of the bar, then the actions of its path, one menu after the other."""
    bar = player.window.menus
    desk.click(*on_screen(bar, bar.actionGeometry(path[0])))
    for above, action in zip(path, path[1:]):
        menu = above.menu()
        yield menu.isVisible
        yield player.polls(3)
        desk.click(*on_screen(menu, menu.actionGeometry(action)))
    yield player.polls(3)
