"""Panels around the 3D view that can be moved, floated, closed, and are where they were left."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QChildEvent, QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QScrollArea,
    QSizePolicy,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.gui import theme
from app.gui.parts import Panel, label

Area = Qt.DockWidgetArea
_VERSION = 1
"""Of the arrangement that is remembered; one of another version is ignored."""
_TITLE_PX, _BUTTON_PX = 34, 14
_SCROLL_BAR_PX, _LEAST_PX = 10, 70
"""Width of a scroll bar as the style has it; height that a panel keeps."""
_GAP_PX = 10
"""Between two docks, as the style has it."""
_FIRST_KEEPS_PX = 160
"""Height that the first panel at the right does not give away."""
_SIDE_SHARE = 0.315
"""Of the width, for the panels at the right as they are at first."""


class DockTitle(QWidget):
    """The title line of a dock: a hand on it moves the dock."""

    def __init__(self, dock: QDockWidget, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("docktitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 6, 0)
        row.setSpacing(8)
        row.addWidget(label(panel.title, "title"))
        row.addStretch(1)
        row.addLayout(panel.header)
        self.float_button = self._button("float", f"Take out of the window, or put back: {panel.title}")
        self.float_button.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self.close_button = self._button("close", f"Close this panel; the View menu has it: {panel.title}")
        self.close_button.clicked.connect(dock.close)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        buttons.addWidget(self.float_button)
        buttons.addWidget(self.close_button)
        row.addLayout(buttons)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Docks ask for this, whatever height is fixed."""
        return QSize(super().sizeHint().width(), _TITLE_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        return QSize(super().minimumSizeHint().width(), _TITLE_PX)

    def _button(self, icon: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        theme.set_icon(button, icon, "muted")
        button.setIconSize(QSize(_BUTTON_PX, _BUTTON_PX))
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # by key they are closed in the View menu
        return button


class Dock(QDockWidget):
    """A panel in its frame. name: it is remembered under. keys: its shortcut, or empty."""

    def __init__(self, name: str, panel: Panel, keys: str) -> None:
        super().__init__(panel.title)
        self.setObjectName(name)
        self.setTitleBarWidget(DockTitle(self, panel))
        body = QFrame()
        body.setObjectName("dockbody")
        column = QVBoxLayout(body)
        column.setContentsMargins(1, 0, 1, 1)
        column.addWidget(Scrolled(panel) if panel.scrolls else panel)
        self.setWidget(body)
        action = self.toggleViewAction()
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda shown: self.raise_() if shown else None)


class Docks(QMainWindow):
    """`center` with docks around it. Knows nothing of what they show."""

    def __init__(self, center: QWidget) -> None:
        super().__init__()
        self.setObjectName("docks")
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setContentsMargins(10, 10, 10, 10)
        self.setCentralWidget(center)
        self.setTabPosition(Area.AllDockWidgetAreas, self.tabPosition(Area.TopDockWidgetArea))
        self.setCorner(Qt.Corner.BottomLeftCorner, Area.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Area.RightDockWidgetArea)
        self.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks
        )  # nothing slides: each step would be drawn in 3D
        self._docks: dict[str, Dock] = {}
        self._shown_before: QByteArray | None = None
        self._at_first: QByteArray | None = None
        self._is_as_at_first = True

    def add(
        self, name: str, panel: Panel, area: Area, keys: str = "", is_shown: bool = False, tab_with: str = ""
    ) -> None:
        """Add a panel to an area, below what is there, or as a tab of the dock named `tab_with`."""
        dock = self._docks[name] = Dock(name, panel, keys)
        self.addDockWidget(area, dock)
        if tab_with:
            self.tabifyDockWidget(self._docks[tab_with], dock)
        dock.setVisible(is_shown)

    def dock(self, name: str) -> Dock:
        return self._docks[name]

    @property
    def actions_of_docks(self) -> list[QAction]:
        """Each shows its panel or closes it."""
        return [dock.toggleViewAction() for dock in self._docks.values()]

    def state(self) -> str:
        """How the panels are arranged, as a text for `restore`."""
        state = self.saveState(_VERSION) if self._shown_before is None else self._shown_before
        return bytes(state.toHex().data()).decode()

    def restore(self, state: str) -> None:
        """Arrange the panels as they were; nothing where the text is of another version or makes no sense."""
        if state and self.restoreState(QByteArray.fromHex(state.encode(errors="replace")), _VERSION):
            self._is_as_at_first = False

    def reset(self) -> None:
        """Arrange the panels as they are at first."""
        if self._at_first is not None:
            self.restoreState(self._at_first, _VERSION)
            self._share_out()

    def show_center_alone(self, alone: bool) -> None:
        """Hide all panels, or show those again that were shown before."""
        if alone and self._shown_before is None:
            self._shown_before = self.saveState(_VERSION)
            for dock in self._docks.values():
                dock.hide()
        elif not alone and self._shown_before is not None:
            self.restoreState(self._shown_before, _VERSION)
            self._shown_before = None

    def remember_first(self) -> None:
        """What `reset` goes back to is the arrangement of now."""
        self._at_first = self.saveState(_VERSION)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        super().showEvent(event)
        if self._is_as_at_first:
            self._is_as_at_first = False
            self._share_out()

    def _share_out(self) -> None:
        """Sizes as at first: the first panel at the right takes what the others leave."""
        self._resize_side(round(self.width() * _SIDE_SHARE))
        side = [d for d in self._docks.values() if self._is_docked(d, Area.RightDockWidgetArea)]
        if len(side) > 1:
            others = [d.sizeHint().height() for d in side[1:]]
            # Heights that do not add up to what there is would be scaled, and cut off the others.
            room = self.contentsRect().height() - (len(side) - 1) * _GAP_PX
            self.resizeDocks(side, [max(room - sum(others), 1), *others], Qt.Orientation.Vertical)

    def make_room(self, name: str) -> None:
        """Let a panel at the right have the height that it wants, where the first one there can give it."""
        side = [d for d in self._docks.values() if self._is_docked(d, Area.RightDockWidgetArea)]
        dock = self._docks[name]
        if dock not in side[1:]:
            return
        wanted = dock.widget().sizeHint().height() + _TITLE_PX  # the dock itself still says what it wanted before
        lacks = min(wanted - dock.height(), side[0].height() - _FIRST_KEEPS_PX)
        if lacks > 0:
            heights = [side[0].height() - lacks, dock.height() + lacks]
            self.resizeDocks([side[0], dock], heights, Qt.Orientation.Vertical)

    def _resize_side(self, width: int) -> None:
        side = [d for d in self._docks.values() if self._is_docked(d, Area.RightDockWidgetArea)]
        if side:
            self.resizeDocks(side[:1], [width], Qt.Orientation.Horizontal)

    def _is_docked(self, dock: Dock, area: Area) -> bool:
        return not dock.isHidden() and not dock.isFloating() and self.dockWidgetArea(dock) == area

    def childEvent(self, event: QChildEvent) -> None:  # noqa: N802  Qt's name
        """Tabs are for the mouse; by key a panel is brought to the front by its own."""
        super().childEvent(event)
        child = event.child()
        if event.type() == QEvent.Type.ChildPolished and isinstance(child, QTabBar):
            child.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """The panels at the right keep their share of the width."""
        side = next((d for d in self._docks.values() if self._is_docked(d, Area.RightDockWidgetArea)), None)
        before = event.oldSize().width()
        width = side.width() if side is not None and before > 0 else 0
        super().resizeEvent(event)
        if width:
            self._resize_side(round(width * event.size().width() / before))


class Scrolled(QScrollArea):
    """A panel that scrolls up and down where there is too little height for it; its width is kept."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.viewport().setObjectName("scrolled")
        panel.setObjectName("scrolled")
        self._panel = panel
        self.setWidget(panel)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        wanted = self._panel.minimumSizeHint()
        return QSize(wanted.width() + _SCROLL_BAR_PX, min(wanted.height(), _LEAST_PX))

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        return self._panel.sizeHint() + QSize(_SCROLL_BAR_PX, 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()  # the panel may have got other rows
        return super().eventFilter(watched, event)
