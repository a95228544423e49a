"""The main window: assembles the panels, polls the session on a timer, and turns clicks into its calls."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from app.errors import AppError
from app.gui import dialogs, display, qt_log, theme
from app.gui.depth_panel import DepthPanel
from app.gui.hand_panel import HandPanel
from app.gui.messages import Message, banner_message, pill_message, source_name
from app.gui.parts import Banner, restyle
from app.gui.services import real_services
from app.gui.session import Session
from app.gui.session_types import CameraChoice, Services, SessionView
from app.gui.status_bar import StatusBar
from app.gui.toolbar import Toolbar
from app.gui.viewer_panel import ViewerPanel
from app.pipeline import Latest, Phase
from app.settings import Options
from app.viewer.colors import DepthRange

POLL_MS = 30
STATUS_EVERY = 8  # polls: figures that change thirty times a second cannot be read
SIZE = (1280, 760)


class MainWindow(QMainWindow):
    """Shows one session. Closing it ends the session and the 3D view, in this order."""

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__()
        self.session, self._options = session, options
        self.fatal: AppError | None = None
        self._generation = self._sequence = self._polls = 0
        self._cameras: Sequence[CameraChoice] | None = None
        self._notice = ""
        self._closed = False
        self._depth_range = DepthRange()
        self.setWindowTitle("V2V hand tracking")
        self.resize(*SIZE)
        self.setAcceptDrops(True)
        self.toolbar, self.banner, self.status = Toolbar(), Banner(), StatusBar()
        self.viewer, self.depth_panel, self.hand = ViewerPanel(), DepthPanel(), HandPanel()
        self._assemble()
        self._connect()
        self.toolbar.show_settings(session.loop, session.smoothing, session.hand)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.poll)
        self._timer.start(POLL_MS)
        self.look_for_cameras()

    def _assemble(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(10)
        side.addWidget(self.depth_panel, 1)
        side.addWidget(self.hand)
        panels = QHBoxLayout()
        panels.setSpacing(10)
        panels.addWidget(self.viewer, 17)
        panels.addLayout(side, 8)
        middle = QVBoxLayout()
        middle.setContentsMargins(10, 10, 10, 10)
        middle.setSpacing(10)
        middle.addWidget(self.banner)
        middle.addLayout(panels, 1)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addLayout(middle, 1)
        column.addWidget(self.status)
        self._content = QWidget()
        self._content.setObjectName("content")
        self._content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._content.setLayout(column)
        self.setCentralWidget(self._content)

    def _connect(self) -> None:
        bar, session = self.toolbar, self.session
        bar.source_chosen.connect(self.open_source)
        bar.bundled_clicked.connect(session.open_bundled)
        bar.open_file_clicked.connect(lambda: self._open_if_chosen(dialogs.choose_recording(self)))
        bar.open_folder_clicked.connect(lambda: self._open_if_chosen(dialogs.choose_folder(self)))
        bar.refresh_clicked.connect(self.look_for_cameras)
        bar.paused_changed.connect(self._set_paused)
        bar.loop_changed.connect(session.set_loop)
        bar.record_changed.connect(self._set_recording)
        bar.hand_chosen.connect(session.set_hand)
        bar.smoothing_changed.connect(session.set_smoothing)
        bar.follow_changed.connect(self.viewer.set_follows_hand)
        bar.reset_view_clicked.connect(self.viewer.reset_view)
        self.banner.action_clicked.connect(session.reopen)
        leave = QAction("Quit", self, shortcut=QKeySequence("Ctrl+Q"))
        leave.triggered.connect(self.close)
        self.addAction(leave)

    # -- doing ----------------------------------------------------------------------------------------------------

    def open_source(self, source: str) -> None:
        """Go over to another source."""
        self._notice = ""
        self.session.open(source)

    def _open_if_chosen(self, path: Path | None) -> None:
        if path is not None:
            self.open_source(str(path))

    def _set_paused(self, paused: bool) -> None:
        if not paused and self.session.view().state.phase is Phase.ENDED:
            self.session.reopen()
        else:
            self.session.set_paused(paused)

    def _set_recording(self, recording: bool) -> None:
        self._notice = ""
        if not recording:
            status = self.session.stop_recording()
            if status.path is not None and not status.error:
                self._notice = f"Recorded {status.written} frames to {status.path}"
            return
        path = dialogs.choose_recording_target(self)
        if path is not None:
            self.session.start_recording(path)
        self.toolbar.show_recording(path is not None)

    def look_for_cameras(self) -> None:
        """Offer the cameras that are connected now, once they are found."""
        self.session.look_for_cameras()
        self._cameras = None
        self.toolbar.show_cameras(None)

    # -- showing --------------------------------------------------------------------------------------------------

    def poll(self) -> None:
        """Show what is new. Frames come this way and not by signals, so that a slow window skips and does not queue."""
        if self._closed:
            return
        view = self.session.view()
        if view.fatal is not None:
            self.fatal = view.fatal
            self.close()
            return
        if view.generation != self._generation and (view.latest is not None or view.state.phase is Phase.FAILED):
            self._begin(view)
        if view.latest is not None and view.latest.sequence != self._sequence:
            self._show(view.latest, view)
        self._show_state(view)
        self.viewer.draw()
        if self._polls % STATUS_EVERY == 0:
            self.status.show_stats(view.stats)
            self._show_cameras(view.cameras)
        self._polls += 1
        if self._options.frames is not None and self._sequence >= self._options.frames:
            self.close()

    def _begin(self, view: SessionView) -> None:
        """A new source has delivered, or failed: what the old one left behind goes."""
        self._generation, self._sequence = view.generation, 0
        if view.latest is not None:
            self._depth_range = DepthRange()
            self.viewer.clear()
            self.depth_panel.view.clear()

    def _show(self, latest: Latest, view: SessionView) -> None:
        self._sequence = latest.sequence
        pose = latest.result.pose
        truth = view.info.ground_truth.get(latest.frame.frame_id) if view.info is not None else None
        span_m = self._depth_range.update(latest.frame)
        self.viewer.show_frame(latest.frame, pose, span_m)
        self.depth_panel.view.show_frame(latest.frame, pose, span_m)
        self.hand.show_pose(pose, truth)

    def _show_state(self, view: SessionView) -> None:
        phase = view.state.phase
        pill: Message = pill_message(view)
        self.viewer.state.say(pill.text, pill.level)
        banner = banner_message(view, self._notice)
        self.banner.say(banner.text, banner.level, banner.button)
        self.depth_panel.view.set_stale(phase in (Phase.LOST, Phase.FAILED, Phase.OPENING))
        self.toolbar.show_paused(phase in (Phase.PAUSED, Phase.ENDED))
        self.toolbar.show_recording(view.recording.path is not None)
        name = source_name(view)
        self.toolbar.show_source(name)
        self.status.show_source(name)

    def _show_cameras(self, cameras: Sequence[CameraChoice] | None) -> None:
        if cameras is not self._cameras:
            self._cameras = cameras
            self.toolbar.show_cameras(cameras)

    # -- Qt's events ----------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802  Qt's name
        if dialogs.dropped_path(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._show_drop(True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:  # noqa: N802  Qt's name
        self._show_drop(False)

    def _show_drop(self, hangs: bool) -> None:
        """A frame around everything while something that can be played hangs over the window."""
        restyle(self._content, "drop", "yes" if hangs else "")

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802  Qt's name
        self._show_drop(False)
        self._open_if_chosen(dialogs.dropped_path(event.mimeData()))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        if not self._closed:
            self._closed = True
            self._timer.stop()
            self.hide()
            self.session.close()
            self.viewer.close_view()
        event.accept()


def run_window(options: Options, services: Services | None = None) -> int:
    """Open the window and stay until it is closed; the process's exit status.

    Raises DisplayError where no window can be opened, and AppError where what the command line asked for failed: its
    source, model, recording or export.
    """
    display.prepare_display()
    qt_log.install()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("V2V hand tracking")
    theme.apply(application)
    session = Session(options, services or real_services())
    session.start()
    window = MainWindow(session, options)
    window.show()
    # Ctrl+C in the terminal, or being told to end, closes the window: from the event loop, because Python may see the
    # signal in mid-painting. The poll timer is what lets Python see it at all.
    previous = {
        number: signal.signal(number, lambda _signal, _frame: QTimer.singleShot(0, window.close))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        status = application.exec()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        window.close()
    fatal = window.fatal or session.view().fatal
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if fatal is not None:
        raise fatal
    return status
