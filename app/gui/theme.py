"""The look: dark or light, with the system or by choice; font, style sheet, and icons in the colours of the look."""

from __future__ import annotations

import importlib.util
import logging
import weakref
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.gui.colors import DARK, LIGHT, Colors
from app.gui.style_sheet import style_sheet
from app.viewer.colors import BACKGROUND as VIEW_BACKGROUND
from models.assets import asset
from models.core.skeleton import RGB

log = logging.getLogger(__name__)

ICON_FOLDER = asset("icons")

Look = Literal["system", "dark", "light"]
LOOKS: tuple[Look, ...] = ("system", "dark", "light")

STALE_OPACITY = 0.4
"""Of pictures and figures that are not of now."""

_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Ubuntu", "Cantarell", "Noto Sans", "Roboto", "DejaVu Sans")


def qcolor(rgb: RGB) -> QColor:
    """Qt's colour for RGB in 0..1."""
    return QColor.fromRgbF(*rgb)


VIEW, ON_VIEW = qcolor(VIEW_BACKGROUND).name(), DARK.text
"""Behind the 3D view and the depth image, and text on them: the same in every look."""


class HasIcon(Protocol):
    """An action or a button."""

    def setIcon(self, icon: QIcon) -> None: ...  # noqa: N802  Qt's name


class _Now:
    """The look of the moment, and what has to be told when it changes."""

    def __init__(self) -> None:
        self.colors, self.look = DARK, "system"
        self.icons: weakref.WeakKeyDictionary[HasIcon, tuple[str, str]] = weakref.WeakKeyDictionary()
        self.follows_system = False


_now = _Now()


def colors() -> Colors:
    """The colours of the present look. They change: ask while painting."""
    return _now.colors


def apply(application: QApplication, look: Look = "system") -> None:
    """Give the whole application this look, now and, with "system", whenever the system's changes."""
    _now.look = look
    if not _now.follows_system:
        _now.follows_system = True
        application.setStyle("Fusion")
        application.setFont(_font())
        QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _scheme: _paint(application))
    hints = QGuiApplication.styleHints()
    schemes = {"system": Qt.ColorScheme.Unknown, "dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}
    if hasattr(hints, "setColorScheme"):  # since Qt 6.8: the desktop's own dialogs, too
        hints.setColorScheme(schemes[look])
    _paint(application)


def _paint(application: QApplication) -> None:
    is_light = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
    _now.colors = LIGHT if _now.look == "light" or (_now.look == "system" and is_light) else DARK
    application.setPalette(_palette(_now.colors))
    application.setStyleSheet(style_sheet(_now.colors, VIEW))
    for target, (name, role) in list(_now.icons.items()):
        target.setIcon(icon(name, role))
    window_icon = QIcon()
    for size_px in (32, 64, 128, 256):
        window_icon.addPixmap(_pixmap("app", DARK.text, size_px, 1.0))
    application.setWindowIcon(window_icon)


def _palette(c: Colors) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: c.window,
        QPalette.ColorRole.Base: c.panel,
        QPalette.ColorRole.AlternateBase: c.raised,
        QPalette.ColorRole.Button: c.raised,
        QPalette.ColorRole.Text: c.text,
        QPalette.ColorRole.WindowText: c.text,
        QPalette.ColorRole.ButtonText: c.text,
        QPalette.ColorRole.PlaceholderText: c.muted,
        QPalette.ColorRole.Highlight: c.accent,
        QPalette.ColorRole.HighlightedText: c.panel,
    }
    for role, color in roles.items():
        palette.setColor(role, QColor(color))
    return palette


def _font() -> QFont:
    """The system's own sans serif where it is a good one; a bare Linux has none, so open3d's Roboto stands in."""
    present = set(QFontDatabase.families())
    if not present & set(_FAMILIES[:-1]):
        present |= set(_bundled_families())
    family = next((name for name in _FAMILIES if name in present), "")
    if not present:
        log.warning("no fonts are installed, so texts stay invisible; install one, such as fonts-dejavu-core")
    return QFont(family) if family else QFont()


def _bundled_families() -> list[str]:
    spec = importlib.util.find_spec("open3d")
    if spec is None or spec.origin is None:
        return []
    families: list[str] = []
    for name in ("Roboto-Medium.ttf", "Roboto-Bold.ttf"):
        path = Path(spec.origin).parent / "resources" / name
        if path.exists():
            identity = QFontDatabase.addApplicationFont(str(path))
            families += QFontDatabase.applicationFontFamilies(identity) if identity >= 0 else []
    return families


def set_icon(target: HasIcon, name: str, role: str = "text") -> None:
    """Give an action or a button an icon, in the colours of the look, also after it has changed."""
    _now.icons[target] = name, role
    target.setIcon(icon(name, role))


def icon(name: str, role: str = "text") -> QIcon:
    """assets/icons/NAME.svg in a colour of the look (a name of Colors), greyed where disabled.

    The files draw with currentColor.
    """
    colors = _now.colors
    return _icon(name, getattr(colors, role), colors.disabled, colors.chosen_text if role == "text" else "")


@cache
def _icon(name: str, normal: str, disabled: str, chosen: str) -> QIcon:
    """One for each picture: Qt keeps what it has painted of an icon, also once the icon is gone."""
    result = QIcon()
    result.addPixmap(_pixmap(name, normal), QIcon.Mode.Normal)
    result.addPixmap(_pixmap(name, disabled), QIcon.Mode.Disabled)
    if chosen:
        result.addPixmap(_pixmap(name, chosen), QIcon.Mode.Normal, QIcon.State.On)
    return result


def _pixmap(name: str, color: str, size_px: int = 40, ratio: float = 2.0) -> QPixmap:
    text = (ICON_FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", color)
    renderer = QSvgRenderer(QByteArray(text.encode()))
    pixmap = QPixmap(size_px, size_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
