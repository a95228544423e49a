"""What the window remembers from one start to the next. What another version wrote, or a hand, is ignored where odd."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings

from app.gui.depth_panel import Pictures
from app.gui.theme import LOOKS, Look
from app.settings import PERSON_NAMES, WINDOW_HANDS, Options, is_person
from app.viewer.shown import Coloring, HandAs

VERSION = 6
MOST_RECENT = 8
_LARGEST_PX = 20_000


@dataclass(slots=True)
class Preferences:
    """width, height: of the window, in Qt's pixels; 0 for its own. folder: where files were opened last.

    panels: how the panels are arranged, as `Docks.state` says it; empty for as at first.
    hand_as, coloring, pictures: names of HandAs, Coloring and Pictures. person: as in Options.
    recent: recordings and folders that were opened, newest first.
    """

    width: int = 0
    height: int = 0
    folder: str = ""
    loop: bool = True
    smoothing: bool = True
    follow: bool = True
    cube: bool = False
    names: bool = False
    camera: bool = False
    hand_as: str = HandAs.SKELETON.name
    coloring: str = Coloring.HAND.name
    pictures: str = Pictures.DEPTH.name
    zoom: bool = False
    panels: str = ""
    look: Look = "system"
    person: str = ""
    recent: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for size in (self.width, self.height):
            if not 0 <= size <= _LARGEST_PX:
                raise ValueError(f"window size: expected 0 to {_LARGEST_PX}, got {size}")
        if self.person and not is_person(self.person):
            raise ValueError(f"person: expected {PERSON_NAMES}, got {self.person!r}")
        if self.look not in LOOKS:
            raise ValueError(f"look: expected one of {', '.join(LOOKS)}, got {self.look!r}")
        for name, kind in ((self.hand_as, HandAs), (self.coloring, Coloring), (self.pictures, Pictures)):
            if name not in kind.__members__:
                raise ValueError(f"expected one of {', '.join(kind.__members__)}, got {name}")

    def completed(self, options: Options) -> Options:
        """What the command line says; what it leaves open is as it was left; both hands are followed, and fitted."""
        return replace(
            options,
            loop=self.loop if options.loop is None else options.loop,
            smoothing=self.smoothing if options.smoothing is None else options.smoothing,
            hands=options.hands or WINDOW_HANDS,
            fit=options.fit is not False,
            person=options.person or self.person,
        )

    def opened(self, path: Path) -> None:
        """A recording or folder was opened."""
        name = str(path.resolve())
        self.folder = str(path.resolve().parent)
        self.recent = (name, *(other for other in self.recent if other != name))[:MOST_RECENT]


def load() -> Preferences:
    """The saved ones; the defaults where there are none, or where they are of another version or make no sense."""
    settings = _settings()
    if settings.value("version") != str(VERSION):
        return Preferences()
    try:
        values: dict[str, Any] = {field.name: _parsed(settings, field.name) for field in fields(Preferences)}
        return Preferences(**values)
    except ValueError:
        return Preferences()


def save(preferences: Preferences) -> None:
    """Remember them. Where the disk takes no file, they are forgotten."""
    settings = _settings()
    settings.clear()
    settings.setValue("version", str(VERSION))
    for field in fields(Preferences):
        value = getattr(preferences, field.name)
        settings.setValue(field.name, list(value) if isinstance(value, tuple) else str(value))
    settings.sync()


def _settings() -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "v2v-hand-tracking", "window")


def _parsed(settings: QSettings, name: str) -> object:
    """A value as of the type of its default. Raises ValueError where it is of another."""
    default, text = getattr(Preferences(), name), settings.value(name)
    if isinstance(default, tuple):
        names = [text] if isinstance(text, str) else text or []
        if not isinstance(names, list) or not all(isinstance(item, str) for item in names):
            raise ValueError(f"{name}: expected names, got {text!r}")
        return tuple(names[:MOST_RECENT])
    if not isinstance(text, str):
        raise ValueError(f"{name}: expected a text, got {text!r}")
    if isinstance(default, bool):
        if text not in ("True", "False"):
            raise ValueError(f"{name}: expected True or False, got {text!r}")
        return text == "True"
    return int(text) if isinstance(default, int) else text
