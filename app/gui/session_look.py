"""What a session's pipeline adds to a look at the session."""

from __future__ import annotations

from dataclasses import replace

from app.errors import AppError
from app.gui.session_camera import SessionCamera
from app.gui.session_types import AnyPipeline, SessionView
from app.pipeline import OutputStatus
from app.tracking.played import RememberingTracker


def look_at(
    pipeline: AnyPipeline,
    last: SessionView,
    camera: SessionCamera,
    tracker: RememberingTracker | None,
    failure: AppError | None,
) -> SessionView:
    """The view while a pipeline is there. last: without it; its recording and export are those that have ended.

    failure: what of the command line's outputs has failed.
    """
    recording, exporting = pipeline.recording, pipeline.exporting
    return replace(
        last,
        state=pipeline.state,
        info=pipeline.info,
        latest=pipeline.latest,
        stats=pipeline.stats(),
        recording=last.recording if recording == OutputStatus() else recording,
        exporting=last.exporting if exporting == OutputStatus() else exporting,
        stall=pipeline.stall,
        camera=camera.state,
        played=None if tracker is None else tracker.played,
        fatal=last.fatal or failure,
    )
