"""Stories of exporting, told with real mouse and key events; tests.app.gui.drive plays them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.app.gui.at_desk import center_of
from tests.app.gui.desk import Desk
from tests.app.gui.drive import Condition, Player


def exporting(player: Player) -> Iterator[Condition]:
    """A whole file in the background, one that is cancelled, and what plays; poses first, then films of both kinds."""
    from app.gui import dialogs, message_control
    from app.gui.export_dialog import ExportKind

    desk, notes = Desk(), player.notes
    chosen: dict[str, Path] = {}
    # A file dialog of the desktop's own cannot be driven.
    dialogs.choose_export_target = lambda _parent, _stem, _suffix: chosen["path"]
    shown: list[Path] = []
    message_control.show_file = shown.append
    recording = player.folder / "short.bag"
    recording.touch()
    yield player.playing("Animated hand", 6)
    window = player.window
    bars = window.exports
    window.open_source(str(recording))
    yield player.playing("Short")

    def asked(kind: ExportKind, whole: bool, name: str) -> Iterator[Condition]:
        chosen["path"] = player.folder / name
        desk.move(*center_of(window.viewer))
        window.activateWindow()  # what a desktop does once a dialog is closed
        yield window.isActiveWindow
        desk.key("Control_L", "e")
        yield lambda: _dialog() is not None
        dialog = _dialog()
        yield player.polls(6)
        player.save("export_dialog")
        for button in (dialog.kind_buttons[kind], dialog.whole if whole else dialog.live):
            desk.click(*_at_left(button))
            yield button.isChecked
        desk.click(*center_of(dialog.choose))
        yield lambda: _dialog() is None

    def message() -> Callable[[], bool]:
        return lambda: window.banner.text.startswith(("Exported", "The export", "Nothing"))

    yield from asked(ExportKind.CSV, True, "whole.csv")
    yield lambda: not bars.file_bar.isHidden()
    notes["progress"] = bars.file_bar.text.toolTip()
    player.save("exporting")
    yield message()
    notes["whole"] = window.banner.text
    desk.click(*center_of(window.banner.show_button))
    yield lambda: bool(shown)
    notes["shown"] = str(shown[0])

    yield from asked(ExportKind.CSV, True, "cancelled.csv")
    yield lambda: bars._file is not None and bars._file.status.done > 2
    desk.click(*center_of(bars.file_bar.end))
    yield lambda: window.banner.text.startswith("The export was cancelled")
    notes["cancelled"] = window.banner.text

    for name, kind in (("live.jsonl", ExportKind.JSON_LINES), ("depth.mp4", ExportKind.DEPTH_FILM)):
        yield from asked(kind, False, name)
        yield lambda: not bars.live_bar.isHidden() and "Exporting" in bars.live_bar.text.toolTip()
        yield player.polls(40)
        desk.click(*center_of(bars.live_bar.end))
        yield lambda name=name: name in window.banner.text
        notes[name] = window.banner.text
    yield from asked(ExportKind.VIEW_FILM, True, "whole.mp4")
    yield lambda: "whole.mp4" in window.banner.text
    yield from asked(ExportKind.VIEW_FILM, False, "view.mp4")
    yield player.polls(40)
    window.close()  # which ends the film


def _dialog():
    from PySide6.QtWidgets import QApplication

    from app.gui.export_dialog import ExportDialog

    found = QApplication.activeModalWidget()
    return found if isinstance(found, ExportDialog) and found.isVisible() else None


def _at_left(button) -> tuple[float, float]:
    """Where a choice and its text begin, on the screen."""
    from PySide6.QtCore import QPoint

    point = button.mapToGlobal(QPoint(10, button.height() // 2))
    ratio = button.devicePixelRatioF()
    return point.x() * ratio, point.y() * ratio


STORIES = {exporting.__name__: exporting}
