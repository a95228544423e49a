"""The main window: assembles the panels, polls the session on a timer, and turns clicks into its calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow

from app.errors import AppError
from app.gui import dialogs, picture, theme
from app.gui.camera_actions import connect_camera
from app.gui.commands import CommandPalette, commands_of
from app.gui.depth_choices import DepthChoices
from app.gui.drops import Drops
from app.gui.export_control import ExportControl
from app.gui.frame import Frame
from app.gui.help_actions import connect_help
from app.gui.kiosk import Kiosk
from app.gui.leaving import leaves_picture
from app.gui.menus import Menus
from app.gui.message_control import MessageControl
from app.gui.messages import NOTHING, pill_message, source_name
from app.gui.own_keys import OwnKeys
from app.gui.panels import Panels
from app.gui.parts import restyle
from app.gui.playback_bar import PlaybackBar
from app.gui.playback_control import PlaybackControl
from app.gui.preferences import Preferences
from app.gui.pulse import Pulse
from app.gui.recording_control import RecordingControl
from app.gui.session import Session
from app.gui.session_types import CameraChoice, SessionView
from app.gui.sights import Sights, meshes_of
from app.gui.status_bar import StatusBar
from app.gui.toolbar import Toolbar
from app.gui.tracking_actions import connect_tracking
from app.gui.view_actions import connect_view
from app.gui.viewer_panel import ViewerPanel
from app.gui.window_preferences import WindowPreferences
from app.pipeline import Latest, Phase
from app.settings import BUNDLED_RECORDING, Options

STATUS_EVERY = 8  # polls: figures that change thirty times a second cannot be read


class MainWindow(QMainWindow):
    """Shows one session. Closing it ends the session and the 3D view, in this order."""

    def __init__(self, session: Session, options: Options, preferences: Preferences) -> None:
        super().__init__()
        self.session, self._options, self._preferences = session, options, preferences
        self.fatal: AppError | None = None
        self._generation = self._sequence = self._polls = 0
        self._cameras: Sequence[CameraChoice] | None = None
        self._closed = False
        self.setWindowTitle("V2V hand tracking")
        self.drops = Drops(self)
        self.toolbar, self.status = Toolbar(), StatusBar()
        self.viewer = ViewerPanel()
        self.panels = Panels(self.viewer)
        self.playback_bar = PlaybackBar(self.toolbar.play)
        docks = self.panels.docks
        self.menus = Menus(
            self.toolbar, self.playback_bar, docks.actions_of_docks, lambda: preferences.recent, self.open_source
        )
        self.exports = ExportControl(self, session, options, self.viewer, lambda message: self.say(message))
        jobs = (self.exports.live_bar, self.exports.file_bar)
        self._content = Frame(self.toolbar, docks, self.playback_bar, jobs, self.status)
        self.setCentralWidget(self._content)
        self.setMenuBar(self.menus)
        self.messages = MessageControl(self._content, self.viewer, self.open_source, session.reopen)
        self.banner, self.say = self.messages.banner, self.messages.say
        chrome = (self.menus, self.toolbar, self._content.below, self.status)
        self.kiosk = Kiosk(self, self.viewer, self.messages.call, chrome, docks)
        self.recording = RecordingControl(self, session, self.say)
        self.playback = PlaybackControl(self.playback_bar, session, options.speed)
        view_menu = self.menus.view_menu
        self.sights = Sights(view_menu, self.viewer, preferences, session.set_fit, options, lambda: session.model)
        self.depth_choices = DepthChoices(view_menu, self.panels.depth, preferences, session)
        self._connect()
        self._remembered = WindowPreferences(self, preferences, session, self.toolbar, self.menus)
        self._remembered.take(self.viewer, docks)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self._keys = OwnKeys(self, application)
        # The keyboard is nobody's at first, and again after a click on the view: keys are shortcuts then.
        self.viewer.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.viewer.setFocus()
        self._pulse = Pulse(self, lambda: session.newest, self.poll)
        self.look_for_cameras()
        if options.kiosk:
            QTimer.singleShot(0, self.menus.kiosk.trigger)

    def _connect(self) -> None:
        bar, session, menus, kept = self.toolbar, self.session, self.menus, self._preferences
        bar.source_chosen.connect(self.open_source)
        bar.bundled_clicked.connect(lambda: self.open_source(str(BUNDLED_RECORDING)))
        bar.open_file_clicked.connect(lambda: self._open_if_chosen(dialogs.choose_recording(self, kept.folder)))
        bar.open_folder_clicked.connect(lambda: self._open_if_chosen(dialogs.choose_folder(self, kept.folder)))
        bar.refresh_clicked.connect(self.look_for_cameras)
        bar.paused_changed.connect(self._set_paused)
        bar.loop_changed.connect(session.set_loop)
        bar.record_changed.connect(lambda _: self._set_recording())
        connect_tracking(self, bar, menus, session)
        connect_view(bar, menus, self.viewer, self.sights)
        connect_camera(self.panels.camera, session, self.open_source, self.look_for_cameras)
        menus.kiosk.toggled.connect(self.kiosk.switch)
        self.panels.simulator.chosen.connect(self.open_source)
        menus.export.triggered.connect(self.exports.ask)
        menus.picture.triggered.connect(self._save_picture)
        menus.reset_panels.triggered.connect(self.panels.docks.reset)
        menus.close_window.triggered.connect(self.close)
        menus.full_screen.triggered.connect(self._set_full_screen)
        menus.commands.triggered.connect(self._search_commands)
        for look, action in menus.looks.items():
            action.triggered.connect(lambda _checked=False, look=look: self._set_look(look))
        connect_help(self, menus, self.status, self._options, self.say)
        # A frame around everything while something that can be played hangs over the window.
        self.drops.hangs.connect(lambda hangs: restyle(self._content, "drop", "yes" if hangs else ""))
        self.drops.dropped.connect(self.open_source)
        leave = QAction("Close the message, leave full screen", self, shortcut=QKeySequence("Esc"))
        leave.triggered.connect(self._escape)
        # These keys work in the show for visitors, too, where menus and tool bar are hidden.
        self.addActions([leave, menus.close_window, menus.kiosk, bar.play])

    # -- doing ----------------------------------------------------------------------------------------------------

    def open_source(self, source: str) -> None:
        """Go over to another source."""
        self.say(NOTHING)
        self.session.open(source)

    def _open_if_chosen(self, path: Path | None) -> None:
        if path is not None:
            self.open_source(str(path))

    def _set_paused(self, paused: bool) -> None:
        if not paused and self.session.view().state.phase is Phase.ENDED:
            self.session.reopen()
        else:
            self.session.set_paused(paused)

    def _set_recording(self) -> None:
        # Not by the button's state, which follows a file that is still being closed.
        self.recording.switch(self.session.view().recording.path is None)
        self._show_progress(self.session.view())

    def _set_full_screen(self, full: bool) -> None:
        self.setWindowState(Qt.WindowState.WindowFullScreen if full else Qt.WindowState.WindowNoState)

    def _save_picture(self) -> None:
        if (said := picture.ask_and_save(self, self.viewer)) is not None:
            self.say(said)

    def _set_look(self, look: theme.Look) -> None:
        self._preferences.look = look
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, look)

    def _search_commands(self) -> None:
        CommandPalette(self, commands_of([*self.menus.all_menus, self.toolbar.menu])).open()

    def _escape(self) -> None:
        if self.banner.text:
            self.banner.dismiss()
        elif self.kiosk.is_on:
            self.menus.kiosk.trigger()
        elif self.menus.full_screen.isChecked():
            self.menus.full_screen.trigger()

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
        if self.viewer.draw():
            self.exports.view_was_drawn()
        if self._polls % STATUS_EVERY == 0:
            self.status.show_stats(view.stats, self.viewer.frames_per_s)
            self.viewer.pace.look(0 if view.stats is None else view.stats.dropped)
            self._show_cameras(view.cameras)
            self._show_progress(view)
        self._polls += 1
        if self._options.frames is not None and self._sequence >= self._options.frames:
            self.close()

    def _begin(self, view: SessionView) -> None:
        """A new source has delivered, or failed: what the old one left behind goes."""
        self._generation, self._sequence = view.generation, 0
        if view.latest is not None:
            self.sights.clear()
            self.panels.begin()
            if view.info is not None and view.info.path is not None:
                self._preferences.opened(view.info.path)

    def _show(self, latest: Latest, view: SessionView) -> None:
        self._sequence = latest.sequence
        camera = latest.frame.camera
        poses = tuple(pose for pose in latest.result.poses if not leaves_picture(pose, camera))
        truths = view.info.ground_truth.get(latest.frame.frame_id, ()) if view.info is not None else ()
        self.sights.span_m = self._span_m
        self.sights.show(latest.frame, poses, meshes_of(latest.result, poses))
        latest.drawn()
        self.panels.show(latest, poses, truths, self._span_m)
        self.exports.show_frame(latest)
        self.kiosk.turn()

    @property
    def _span_m(self) -> tuple[float, float]:
        """Nearest and farthest depth of the colours: those that are searched."""
        return self.session.options.near_m, self.session.options.far_m

    def _show_state(self, view: SessionView) -> None:
        phase = view.state.phase
        pill = pill_message(view)
        self.viewer.state.say(pill.text, pill.level)
        self.recording.look(view)
        if view.recording.path is None:
            self.viewer.say_recording("", "")
        self.playback.look(view)
        self.exports.look(view)
        self.messages.look(view)
        self.panels.look(view, self._span_m)
        self.depth_choices.look(view)
        for pane in (self.viewer, self.panels):
            pane.set_stale(phase in (Phase.LOST, Phase.FAILED, Phase.OPENING))
        self.toolbar.show_paused(phase in (Phase.PAUSED, Phase.ENDED))
        can_record = phase in (Phase.RUNNING, Phase.PAUSED, Phase.LOST)
        self.toolbar.show_recording(view.recording.path is not None, can_record)
        self.toolbar.show_loop(view.info is None or not view.info.is_live)
        name = source_name(view)
        self.toolbar.show_source(name)
        self.status.show_source(name)

    def _show_progress(self, view: SessionView) -> None:
        progress = self.recording.progress(view)
        self.viewer.say_recording(progress.text, progress.level)

    def _show_cameras(self, cameras: Sequence[CameraChoice] | None) -> None:
        if cameras is not self._cameras:
            self._cameras = cameras
            self.toolbar.show_cameras(cameras)

    # -- Qt's events ----------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        if not self._closed:
            self._closed = True
            self._pulse.stop()
            self._remembered.keep(self.panels.docks)
            self.hide()
            self.exports.close(self.session.close)
            self.sights.close()
        event.accept()
