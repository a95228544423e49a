"""Takes the pictures of docs/window.md: python -m tests.app.gui.window_pictures [assets] [NAME ...]

Each is the real window on the bundled recording, or on a stand-in for a camera, with commands of its menus done first.
Where there is no display it starts a virtual one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.settings import BUNDLED_RECORDING, Options
from tests.app.gui import xvfb
from tests.app.gui.drive import Condition, Player, play

RESULTS = 60
"""Frames that are tracked before a picture is taken, so that plots have something to show."""
QUALITY = 82


@dataclass(frozen=True)
class Shot:
    """commands: what is done in the menus first. typed: into the search for commands, which is opened then."""

    commands: tuple[str, ...] = ()
    typed: str = ""
    source: str = str(BUNDLED_RECORDING)


SHOTS = {
    "window-panels": Shot(("View, Panels, Joints, mm", "View, Panels, Log", "View, Panels, Plots")),
    "window-commands": Shot(typed="view"),
    "window-camera": Shot(("View, Panels, Camera",), source="camera:7301"),
    "window-simulator": Shot(
        ("View, Panels, Simulator",), source="simulate:motion=fist,errors=time-of-flight,distance=0.6,clutter"
    ),
    "window-color": Shot(
        ("View, Colours, Of the colour camera", "View, Depth image, Depth and colour"), source="simulate:color"
    ),
    "window-light": Shot(("View, Appearance, Light", "View, Panels, Joint angles")),
}


def story_of(name: str, folder: Path):
    """The story that takes a shot."""
    shot = SHOTS[name]

    def story(player: Player) -> Iterator[Condition]:
        from PySide6.QtWidgets import QApplication

        from app.gui.commands import commands_of

        yield lambda: player.window is not None and player.sequence > 0
        window = player.window
        found = {command.path: command.action for command in commands_of(window.menus.all_menus)}
        for command in shot.commands:
            found[command].trigger()
            yield player.polls(4)
        yield lambda: player.sequence > RESULTS and window.session.view().latest is not None
        yield lambda: window.session.view().latest.result.pose is not None
        if shot.typed:
            window.menus.commands.trigger()
            yield lambda: QApplication.activeModalWidget() is not None
            QApplication.activeModalWidget().line.setText(shot.typed)
        yield player.polls(12)
        place = window.frameGeometry()
        picture = window.screen().grabWindow(0, place.x(), place.y(), place.width(), place.height())
        picture.save(str(folder / f"{name}.webp"), "WEBP", QUALITY)
        window.close()

    return story


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else Path("assets")
    folder.mkdir(parents=True, exist_ok=True)
    names = arguments[1:] or list(SHOTS)
    if os.environ.get("DISPLAY") and len(names) == 1:
        from app.gui.services import real_services
        from tests.app.gui.hand_camera import camera_services

        os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()  # the window as it is for somebody new
        options = Options(source=SHOTS[names[0]].source)
        services = camera_services() if SHOTS[names[0]].source.startswith("camera") else real_services(options)
        with tempfile.TemporaryDirectory() as notes:
            return play(story_of(names[0], folder), Path(notes), options, services)
    with xvfb.virtual_display("1400x900x24") as display:
        for name in names:  # a process each, because Qt wants the display until its own very end
            command = [sys.executable, "-m", "tests.app.gui.window_pictures", str(folder), name]
            status = subprocess.run(command, env=xvfb.environment(display), check=False).returncode
            if status:
                return status
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
