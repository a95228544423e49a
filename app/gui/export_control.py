"""Exports from the window: the question what and where to, how far it is, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.errors import AppError
from app.gui.export_dialog import ExportChoice, ExportDialog, ExportKind
from app.gui.job_bar import JobBar
from app.gui.messages import NOTHING, Message, exported_message, file_export_message
from app.gui.session import Session
from app.gui.session_outputs import file_of
from app.gui.session_types import SessionView
from app.gui.view_film import ViewPictures
from app.gui.viewer_panel import ViewerPanel
from app.pipeline import Latest
from app.pipeline.file_export import FileExport, FileExportStatus, depth_film
from app.pipeline.live_film import LiveFilm
from app.settings import Options

JOIN_S = 3.0


class ExportControl:
    """At most one whole file in the background, and one export of what plays. say: shows a message.

    file_bar and live_bar: where each shows its progress; the window places them. Main thread only.
    """

    def __init__(
        self, parent: QWidget, session: Session, options: Options, viewer: ViewerPanel, say: Callable[[Message], None]
    ) -> None:
        self._parent, self._session, self._options, self._viewer, self._say = parent, session, options, viewer, say
        self.file_bar, self.live_bar = JobBar(), JobBar()
        self.file_bar.end_clicked.connect(self._cancel_file)
        self.live_bar.end_clicked.connect(self._stop_live)
        self._file: FileExport | None = None
        self._pictures: ViewPictures | None = None
        self._film: LiveFilm | None = None
        self._ending: list[LiveFilm] = []
        self._film_of_view = False
        self._poses: Path | None = None

    def ask(self) -> None:
        """Ask what to export and begin."""
        file_name = Path(file_of(self._session.view())).name if self._file is None else ""
        has_view = self._viewer.viewer is not None
        ExportDialog(self._parent, file_name, has_view, self.begin).open()

    def begin(self, choice: ExportChoice) -> None:
        """Begin an export that the user has chosen."""
        self._say(NOTHING)
        try:
            if choice.whole_file:
                self._begin_file(choice)
            else:
                self._begin_live(choice)
        except AppError as error:
            self._say(Message(str(error), "bad"))

    def _begin_file(self, choice: ExportChoice) -> None:
        if self._file is not None or not file_of(view := self._session.view()):
            return
        picture = depth_film(self._options)
        if choice.kind is ExportKind.VIEW_FILM:
            self._pictures = ViewPictures((self._options.near_m, self._options.far_m))
            picture = self._pictures.make
        self._file = self._session.outputs.export_file(view, choice.path, picture)

    def _begin_live(self, choice: ExportChoice) -> None:
        self._stop_live()
        if choice.kind.is_film:
            self._film, self._film_of_view = LiveFilm(choice.path), choice.kind is ExportKind.VIEW_FILM
        else:
            self._session.outputs.start_export(choice.path)

    # -- told by the window ---------------------------------------------------------------------------------------

    def show_frame(self, latest: Latest) -> None:
        """A new result is shown; a film of the depth image takes it."""
        if self._film is not None and not self._film_of_view:
            picture = depth_film(self._options)
            self._film.offer(lambda: picture(latest.frame, latest.result), time.monotonic())

    def view_was_drawn(self) -> None:
        """The 3D view has a new picture; a film of it takes it."""
        if self._film is not None and self._film_of_view and (viewer := self._viewer.viewer) is not None:
            picture = viewer.capture()
            self._film.offer(lambda: picture, time.monotonic())

    def look(self, view: SessionView) -> None:
        """Go on with a film of the whole file, show progress, and say what has ended. Call with every look."""
        if self._pictures is not None:
            self._pictures.serve()
        self._look_at_file()
        self._look_at_live(view)

    def close(self, close_session: Callable[[], None]) -> None:
        """End every export, and close the session meanwhile; what was written is complete, within JOIN_S."""
        deadline_s = time.monotonic() + JOIN_S
        self._stop_live()
        for film in self._ending:
            film.stop()
        self._cancel_file()
        close_session()
        if self._file is not None:
            self._file.join(max(0.0, deadline_s - time.monotonic()))
        self._close_pictures()

    # -- whole files ----------------------------------------------------------------------------------------------

    def _look_at_file(self) -> None:
        status = self._file.status if self._file is not None else None
        if status is None:
            return
        if status.is_over:
            self._file = None
            self._close_pictures()
            self.file_bar.say("")
            self._say(file_export_message(status))
        else:
            self.file_bar.say(_progress(status), "Cancel", status.done, status.total or 0)

    def _cancel_file(self) -> None:
        if self._file is not None:
            self._file.cancel()
        self._close_pictures()

    def _close_pictures(self) -> None:
        pictures, self._pictures = self._pictures, None
        if pictures is not None:
            pictures.close()

    # -- what plays -----------------------------------------------------------------------------------------------

    def _look_at_live(self, view: SessionView) -> None:
        poses, before = view.exporting, self._poses
        self._poses = poses.path
        if before is not None and poses.path is None and not poses.error:
            self._say(exported_message(poses, "pose"))
        if self._film is not None and self._film.status.path is None:
            self._stop_live()  # it broke
        for film in [film for film in self._ending if film.status.path is None]:
            self._ending.remove(film)
            self._say(exported_message(film.status, "frame"))
        status, what = (self._film.status, "frame") if self._film is not None else (poses, "pose")
        if status.path is None:
            self.live_bar.say("")
        else:
            number = f"{status.written} {what}{'' if status.written == 1 else 's'}"
            self.live_bar.say(f"Exporting what plays to {status.path.name}: {number}", "Stop")

    def _stop_live(self) -> None:
        film, self._film = self._film, None
        if film is not None:
            film.end()
            self._ending.append(film)
        elif self._poses is not None:
            self._session.outputs.end_export()


def _progress(status: FileExportStatus) -> str:
    of = "" if status.total is None else f" of {status.total}"
    state = "Cancelling" if status.is_cancelled else "Exporting"
    return f"{state} {status.path.name}: {status.done}{of} frames"
