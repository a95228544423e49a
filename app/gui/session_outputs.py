"""What a session writes: recordings and exports of what plays, and whole files exported in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from app.errors import AppError
from app.gui.session_types import AnyPipeline, Services, SessionView
from app.pipeline import OutputStatus, Phase
from app.pipeline.file_export import FileExport, PictureMaker
from app.run.background import Background
from app.settings import Options
from app.tracking.base import FrameTracker
from app.tracking.fit.follow import warm_up


class SessionOutputs:
    """Passes on to the pipeline that plays, if any does. options, pipeline: give the session's present ones."""

    def __init__(
        self, services: Services, options: Callable[[], Options], pipeline: Callable[[], AnyPipeline | None]
    ) -> None:
        self._services, self._options, self._pipeline = services, options, pipeline
        self._closers = Background()

    def start_recording(self, path: Path, poses: Path | None = None) -> None:
        """Record from the next frame on, and the poses to a file of their own; the view's `recording` tells how."""
        if (pipeline := self._pipeline()) is not None:
            pipeline.start_recording(path, poses)

    def stop_recording(self) -> OutputStatus:
        """Close the recording and say what it holds."""
        pipeline = self._pipeline()
        return pipeline.stop_recording() if pipeline is not None else OutputStatus()

    def end_recording(self) -> None:
        """Close the recording, which may take seconds; returns at once, the view's `recording` tells when."""
        if (pipeline := self._pipeline()) is not None:
            self._closers.run("recording-end", pipeline.stop_recording)

    def end_export(self) -> None:
        """Close the pose file as `end_recording` does a recording."""
        if (pipeline := self._pipeline()) is not None:
            self._closers.run("export-end", pipeline.stop_export)

    def start_export(self, path: Path) -> None:
        """Write every pose from the next on; the view's `exporting` tells how it goes."""
        if (pipeline := self._pipeline()) is not None:
            pipeline.start_export(path)

    def stop_export(self) -> OutputStatus:
        """Close the pose file and say what it holds."""
        pipeline = self._pipeline()
        return pipeline.stop_export() if pipeline is not None else OutputStatus()

    def export_file(self, view: SessionView, path: Path, picture: PictureMaker) -> FileExport:
        """A started export of the whole file that plays in `view`, whose source `can_export_file`.

        As `--headless --export` writes it, with the window's choice of hand: joints are not smoothed. The user was
        asked before an older file is replaced.
        """
        assert view.info is not None
        options = replace(
            self._options(), source=file_of(view), export=path, record=None, overwrite=True, smoothing=None, frames=None
        )
        services = self._services
        export = FileExport(
            options,
            services.make_whole_source,
            partial(_tracker_of, services),
            picture,
            view.info.fps,
            view.info.frame_count,
        )
        export.start()
        return export


def _tracker_of(services: Services, options: Options) -> FrameTracker:
    """One that fits the model from the first frame on, where it does: waits until that is loaded."""
    if options.fit:
        warm_up()
    return services.build_tracker(options, None)


def file_of(view: SessionView) -> str:
    """The name of the file or folder that plays, as on the command line; empty where it is none."""
    if view.info is None or view.info.path is None or view.info.is_live or view.trying is not None:
        return ""
    return view.wanted or str(view.info.path)


def first_failure(pipeline: AnyPipeline, options: Options, is_command_lines_source: bool) -> AppError | None:
    """What ends the program: outputs and the source that the command line asked for."""
    for status, asked in ((pipeline.recording, options.record), (pipeline.exporting, options.export)):
        if asked is not None and status.error:
            return AppError(status.error)
    state = pipeline.state
    if is_command_lines_source and state.phase is Phase.FAILED and pipeline.latest is None:
        return AppError(state.message)
    return None
