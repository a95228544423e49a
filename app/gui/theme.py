"""The look: colours, font, one style sheet, and icons drawn from assets/icons in the theme's colours."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.viewer.colors import BACKGROUND as VIEW_BACKGROUND
from models.assets import asset
from models.core.skeleton import RGB

log = logging.getLogger(__name__)

ICON_FOLDER = asset("icons")

WINDOW = "#14181f"
PANEL = "#1a1f28"
RAISED = "#232a35"
BORDER = "#2a323e"
TEXT = "#dde3ea"
MUTED = "#8b96a5"
ACCENT = "#3fb6a8"
GOOD = "#4cc38a"
WARN = "#e2a93b"
BAD = "#e5606b"
CHOSEN, CHOSEN_TEXT = "#1c4743", "#8fe3d8"
"""Of what is switched on, so that it shows at a glance."""
WARN_GROUND = "#362c1b"
"""Behind what warns."""
_DISABLED = "#4d5663"

STALE_OPACITY = 0.4
"""Of pictures and figures that are not of now."""

_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Ubuntu", "Cantarell", "Noto Sans", "Roboto", "DejaVu Sans")


def qcolor(rgb: RGB) -> QColor:
    """Qt's colour for RGB in 0..1."""
    return QColor.fromRgbF(*rgb)


VIEW = qcolor(VIEW_BACKGROUND).name()

STYLE = f"""
* {{ color: {TEXT}; font-size: 13px; }}
QMainWindow, QDialog {{ background: {WINDOW}; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {BORDER}; padding: 4px 6px; }}
QMenuBar {{ background: {PANEL}; padding: 1px 8px; }}
QMenuBar::item {{ background: transparent; padding: 3px 9px; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {RAISED}; }}
QMenu {{ background: {PANEL}; border: 1px solid {BORDER}; padding: 6px; }}
QMenu::item {{ padding: 7px 28px 7px 10px; border-radius: 4px; }}
QMenu::item:selected {{ background: {RAISED}; }}
QMenu::item:disabled {{ color: {MUTED}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {BORDER}; margin: 6px 4px; }}
QSplitter::handle {{ background: transparent; }}
#content {{ border: 2px solid {WINDOW}; }}
#content[drop="yes"] {{ border-color: {ACCENT}; }}
#toolbar, #statusbar, #playback, #jobbar {{ background: {PANEL}; }}
#toolbar {{ border-bottom: 1px solid {BORDER}; }}
#statusbar, #playback, #jobbar {{ border-top: 1px solid {BORDER}; }}
#jobbar QPushButton {{
    background: {RAISED}; border: 1px solid {BORDER}; border-radius: 6px; padding: 3px 12px; min-height: 18px;
}}
#jobbar QPushButton:hover {{ border-color: {MUTED}; }}
#jobbar QPushButton:focus {{ border-color: {TEXT}; }}
QRadioButton::indicator {{
    width: 10px; height: 10px; border-radius: 7px; border: 2px solid {MUTED}; background: {PANEL};
}}
QRadioButton::indicator:checked {{ border-color: {ACCENT}; background: {TEXT}; }}
QRadioButton::indicator:disabled {{ border-color: {_DISABLED}; }}
QRadioButton:disabled {{ color: {_DISABLED}; }}
QRadioButton:focus {{ text-decoration: underline; }}
QProgressBar {{ background: {RAISED}; border: none; border-radius: 4px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 4px; }}
#card {{ background: {PANEL}; border: 1px solid {BORDER}; border-radius: 8px; }}
#view {{ background: {VIEW}; }}
#title {{ font-weight: 600; }}
#muted {{ color: {MUTED}; }}
#caption {{ color: {MUTED}; font-size: 12px; }}
#value {{ font-size: 12px; }}
#big {{ font-size: 21px; font-weight: 600; }}
*[stale="yes"] {{ color: {_DISABLED}; }}
#separator {{ background: {BORDER}; }}
#toolbar QToolButton, #playback QToolButton, #toolbar QPushButton, #banner QToolButton, #banner QPushButton {{
    background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 5px 8px; min-height: 20px;
}}
#toolbar QToolButton:hover, #playback QToolButton:hover, #toolbar QPushButton:hover {{ background: {RAISED}; }}
#toolbar QToolButton:pressed, #playback QToolButton:pressed, #toolbar QPushButton:pressed {{ background: {BORDER}; }}
#toolbar QToolButton:checked {{ background: {CHOSEN}; color: {CHOSEN_TEXT}; }}
#toolbar QToolButton#plain:checked, #playback QToolButton#plain:checked {{ background: transparent; }}
#toolbar QToolButton:disabled, #toolbar QPushButton:disabled {{ color: {_DISABLED}; background: transparent; }}
#toolbar QToolButton#source {{
    background: {RAISED}; border-color: {BORDER}; padding: 5px 12px; font-weight: 600;
}}
#toolbar QToolButton#source:hover {{ border-color: {MUTED}; }}
#segments {{ background: {WINDOW}; border: 1px solid {BORDER}; border-radius: 7px; }}
#toolbar #segments QPushButton {{
    padding: 3px 10px; margin: 2px; border-radius: 5px; color: {MUTED}; min-height: 18px;
}}
#toolbar #segments QPushButton:checked {{ background: {CHOSEN}; color: {CHOSEN_TEXT}; }}
#toolbar QToolButton:focus, #playback QToolButton:focus, #toolbar QPushButton:focus, #toolbar QToolButton#source:focus,
#toolbar #segments QPushButton:focus, #banner QToolButton:focus, #banner QPushButton:focus {{ border-color: {TEXT}; }}
#banner {{ background: #3a2229; border: 1px solid {BAD}; }}
#banner[level="warn"] {{ background: {WARN_GROUND}; border-color: {WARN}; }}
#banner[level="info"] {{ background: #1c3033; border-color: {ACCENT}; }}
#banner QPushButton {{ background: rgba(255, 255, 255, 22); }}
#banner QPushButton:hover, #banner QToolButton:hover {{ background: rgba(255, 255, 255, 40); }}
#banner QToolButton {{ font-size: 17px; padding: 2px 8px; }}
#call {{ background: {PANEL}; border: 1px solid {BORDER}; padding: 12px 26px; font-size: 30px; font-weight: 600; }}
#call[large="yes"] {{ font-size: 64px; padding: 28px 60px; }}
#pill {{
    border-radius: 10px; padding: 3px 10px; min-height: 15px; font-size: 12px; background: {RAISED}; color: {MUTED};
}}
#pill[large="yes"] {{ font-size: 21px; padding: 2px 16px; border-radius: 14px; }}
#pill[level="good"] {{ background: #173229; color: {GOOD}; }}
#pill[level="warn"] {{ background: {WARN_GROUND}; color: {WARN}; }}
#pill[level="bad"] {{ background: #3a2229; color: {BAD}; }}
"""


def apply(application: QApplication) -> None:
    """Give the whole application this look."""
    application.setStyle("Fusion")
    application.setFont(_font())
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: WINDOW,
        QPalette.ColorRole.Base: PANEL,
        QPalette.ColorRole.AlternateBase: RAISED,
        QPalette.ColorRole.Button: RAISED,
        QPalette.ColorRole.Text: TEXT,
        QPalette.ColorRole.WindowText: TEXT,
        QPalette.ColorRole.ButtonText: TEXT,
        QPalette.ColorRole.PlaceholderText: MUTED,
        QPalette.ColorRole.Highlight: ACCENT,
        QPalette.ColorRole.HighlightedText: WINDOW,
    }
    for role, color in roles.items():
        palette.setColor(role, QColor(color))
    application.setPalette(palette)
    application.setStyleSheet(STYLE)
    window_icon = QIcon()
    for size_px in (32, 64, 128, 256):
        window_icon.addPixmap(_pixmap("app", TEXT, size_px, 1.0))
    application.setWindowIcon(window_icon)


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


def icon(name: str, color: str = TEXT) -> QIcon:
    """assets/icons/NAME.svg in `color`, greyed where disabled. The files draw with currentColor."""
    result = QIcon()
    result.addPixmap(_pixmap(name, color), QIcon.Mode.Normal)
    result.addPixmap(_pixmap(name, _DISABLED), QIcon.Mode.Disabled)
    if color == TEXT:
        result.addPixmap(_pixmap(name, CHOSEN_TEXT), QIcon.Mode.Normal, QIcon.State.On)
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
