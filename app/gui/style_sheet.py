"""The one style sheet of the program, in the colours of a look."""

from __future__ import annotations

from app.gui.colors import DARK, Colors


def style_sheet(c: Colors, view: str) -> str:
    """The text for Qt. c: the look's colours. view: "#rrggbb" behind the 3D view, in every look."""
    return _BARE.format(c=c, view=view, on_view=DARK.muted)


_BARE = """
* {{ color: {c.text}; font-size: 13px; }}
QMainWindow, QDialog {{ background: {c.window}; }}
QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.border}; padding: 4px 6px; }}
QMenuBar {{ background: {c.panel}; padding: 1px 8px; }}
QMenuBar::item {{ background: transparent; padding: 3px 9px; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {c.raised}; }}
QMenu {{ background: {c.panel}; border: 1px solid {c.border}; padding: 6px; }}
QMenu::item {{ padding: 7px 28px 7px 10px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.raised}; }}
QMenu::item:disabled {{ color: {c.muted}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {c.border}; margin: 6px 4px; }}
QSplitter::handle {{ background: transparent; }}
#content {{ border: 2px solid {c.window}; }}
#content[drop="yes"] {{ border-color: {c.accent}; }}
#toolbar, #statusbar, #playback, #jobbar {{ background: {c.panel}; }}
#toolbar {{ border-bottom: 1px solid {c.border}; }}
#statusbar, #playback, #jobbar {{ border-top: 1px solid {c.border}; }}
#jobbar QPushButton {{
    background: {c.raised}; border: 1px solid {c.border}; border-radius: 6px; padding: 3px 12px; min-height: 18px;
}}
#jobbar QPushButton:hover {{ border-color: {c.muted}; }}
#jobbar QPushButton:focus {{ border-color: {c.text}; }}
QRadioButton::indicator {{
    width: 10px; height: 10px; border-radius: 7px; border: 2px solid {c.muted}; background: {c.panel};
}}
QRadioButton::indicator:checked {{ border-color: {c.accent}; background: {c.text}; }}
QRadioButton::indicator:disabled {{ border-color: {c.disabled}; }}
QRadioButton:disabled {{ color: {c.disabled}; }}
QRadioButton:focus {{ text-decoration: underline; }}
QProgressBar {{ background: {c.raised}; border: none; border-radius: 4px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 4px; }}
#card {{ background: {c.panel}; border: 1px solid {c.border}; border-radius: 8px; }}
#view {{ background: {view}; }}
#onview {{ color: {on_view}; }}
#title {{ font-weight: 600; }}
#muted {{ color: {c.muted}; }}
#caption {{ color: {c.muted}; font-size: 12px; }}
#value {{ font-size: 12px; }}
#big {{ font-size: 21px; font-weight: 600; }}
*[stale="yes"] {{ color: {c.disabled}; }}
#separator {{ background: {c.border}; }}
#toolbar QToolButton, #playback QToolButton, #toolbar QPushButton, #banner QToolButton, #banner QPushButton {{
    background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 5px 8px; min-height: 20px;
}}
#toolbar QToolButton:hover, #playback QToolButton:hover, #toolbar QPushButton:hover {{ background: {c.raised}; }}
#toolbar QToolButton:pressed, #playback QToolButton:pressed, #toolbar QPushButton:pressed {{ background: {c.border}; }}
#toolbar QToolButton:checked {{ background: {c.chosen}; color: {c.chosen_text}; }}
#toolbar QToolButton#plain:checked, #playback QToolButton#plain:checked {{ background: transparent; }}
#toolbar QToolButton:disabled, #toolbar QPushButton:disabled {{ color: {c.disabled}; background: transparent; }}
#toolbar QToolButton#source {{
    background: {c.raised}; border-color: {c.border}; padding: 5px 12px; font-weight: 600;
}}
#toolbar QToolButton#source:hover {{ border-color: {c.muted}; }}
#segments {{ background: {c.window}; border: 1px solid {c.border}; border-radius: 7px; }}
#toolbar #segments QPushButton {{
    padding: 3px 10px; margin: 2px; border-radius: 5px; color: {c.muted}; min-height: 18px;
}}
#toolbar #segments QPushButton:checked {{ background: {c.chosen}; color: {c.chosen_text}; }}
#toolbar QToolButton:focus, #playback QToolButton:focus, #toolbar QPushButton:focus, #toolbar QToolButton#source:focus,
#toolbar #segments QPushButton:focus, #banner QToolButton:focus, #banner QPushButton:focus {{ border-color: {c.text}; }}
#banner {{ background: {c.bad_ground}; border: 1px solid {c.bad}; }}
#banner[level="warn"] {{ background: {c.warn_ground}; border-color: {c.warn}; }}
#banner[level="info"] {{ background: {c.info_ground}; border-color: {c.accent}; }}
#banner QPushButton {{ background: {c.button}; }}
#banner QPushButton:hover, #banner QToolButton:hover {{ background: {c.hover}; }}
#banner QToolButton {{ font-size: 17px; padding: 2px 8px; }}
#call {{ background: {c.panel}; border: 1px solid {c.border}; padding: 12px 26px; font-size: 30px; font-weight: 600; }}
#call[large="yes"] {{ font-size: 64px; padding: 28px 60px; }}
#pill {{
    border-radius: 10px; padding: 3px 10px; min-height: 15px; font-size: 12px; background: {c.raised}; color: {c.muted};
}}
#pill[large="yes"] {{ font-size: 21px; padding: 2px 16px; border-radius: 14px; }}
#pill[level="good"] {{ background: {c.good_ground}; color: {c.good}; }}
#pill[level="warn"] {{ background: {c.warn_ground}; color: {c.warn}; }}
#pill[level="bad"] {{ background: {c.bad_ground}; color: {c.bad}; }}
#docks {{ background: transparent; }}
QMainWindow::separator {{ background: transparent; width: 10px; height: 10px; }}
QMainWindow::separator:hover {{ background: {c.border}; }}
QDockWidget {{ border: none; }}
#docktitle {{
    background: {c.panel}; border: 1px solid {c.border}; border-bottom: none;
    border-top-left-radius: 8px; border-top-right-radius: 8px;
}}
#dockbody {{
    background: {c.panel}; border: 1px solid {c.border}; border-top: none;
    border-bottom-left-radius: 8px; border-bottom-right-radius: 8px;
}}
#docktitle QToolButton {{ background: transparent; border: none; border-radius: 4px; padding: 3px; }}
#docktitle QToolButton:hover {{ background: {c.raised}; }}
QScrollArea, #scrolled {{ background: transparent; border: none; }}
QScrollBar {{ background: transparent; border: none; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {c.border}; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }}
QScrollBar::handle:hover {{ background: {c.disabled}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QTabBar {{ background: transparent; }}
QTabBar::tab {{
    background: {c.window}; color: {c.muted}; border: 1px solid {c.border}; border-radius: 6px; padding: 4px 12px;
    margin: 2px 2px 4px 0;
}}
QTabBar::tab:selected {{ background: {c.raised}; color: {c.text}; }}
QTabBar::tab:hover {{ color: {c.text}; }}
QTableWidget, QPlainTextEdit, QListWidget {{
    background: {c.panel}; color: {c.text}; border: none; font-size: 12px; selection-background-color: {c.chosen};
    selection-color: {c.chosen_text}; gridline-color: {c.border};
}}
QListWidget::item {{ padding: 5px 8px; border-radius: 4px; }}
QListWidget::item:selected {{ background: {c.chosen}; color: {c.chosen_text}; }}
QHeaderView, QHeaderView::section {{
    background: {c.panel}; color: {c.muted}; border: none; font-size: 12px; padding: 2px;
}}
#form QLabel, #form QCheckBox, #form QComboBox, #form QAbstractSpinBox, #form QPushButton {{ font-size: 12px; }}
QComboBox, QAbstractSpinBox, QLineEdit {{
    background: {c.raised}; color: {c.text}; border: 1px solid {c.border}; border-radius: 5px; padding: 2px 6px;
    min-height: 20px; selection-background-color: {c.accent}; selection-color: {c.panel};
}}
QAbstractSpinBox QLineEdit {{ background: transparent; border: none; padding: 0; min-height: 0; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QComboBox:hover, QAbstractSpinBox:hover {{ border-color: {c.muted}; }}
QComboBox:focus, QAbstractSpinBox:focus, QLineEdit:focus {{ border-color: {c.text}; }}
QComboBox:disabled, QAbstractSpinBox:disabled, QCheckBox:disabled {{ color: {c.disabled}; }}
QComboBox QAbstractItemView {{ background: {c.panel}; color: {c.text}; border: 1px solid {c.border}; }}
QCheckBox::indicator {{
    width: 13px; height: 13px; border: 1px solid {c.muted}; border-radius: 3px; background: {c.raised};
}}
QCheckBox::indicator:checked {{ background: {c.accent}; border-color: {c.accent}; }}
QCheckBox:focus {{ text-decoration: underline; }}
#form QPushButton, #docktitle QPushButton {{
    background: {c.raised}; border: 1px solid {c.border}; border-radius: 5px; padding: 2px 10px; min-height: 20px;
}}
#form QPushButton:hover, #docktitle QPushButton:hover {{ border-color: {c.muted}; }}
#form QPushButton:focus, #docktitle QPushButton:focus {{ border-color: {c.text}; }}
#form QPushButton:disabled {{ color: {c.disabled}; }}
QSlider::groove:horizontal {{ background: {c.raised}; height: 4px; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {c.accent}; height: 4px; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {c.text}; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; }}
QSlider::handle:horizontal:focus {{ border: 2px solid {c.accent}; }}
"""
