"""The real things behind a session: networks, sources, pipelines, cameras."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from app.errors import AppError
from app.gui.ahead import LoadedAhead
from app.gui.session_types import CameraChoice, Services
from app.pipeline import Pipeline
from app.run.poses import open_pose_writer
from app.settings import Options
from app.sources.base import Source
from app.tracking.base import FrameTracker


def real_services(options: Options) -> Services:
    """Those of the program. What `options` will need first begins to be loaded, while the window is made.

    Not before all of the window's modules are imported: open3d fails where another thread imports meanwhile.
    """
    pose_writer = partial(open_pose_writer, columns=options.csv_columns())
    make_pipeline = partial(Pipeline, pose_writer=pose_writer)
    ahead = LoadedAhead(options)
    return Services(
        partial(_build_tracker, ahead), partial(_make_source, ahead), make_pipeline, _list_cameras, _make_whole_source
    )


def _build_tracker(ahead: LoadedAhead, options: Options, last: FrameTracker | None) -> FrameTracker:
    # Late, because loading the inference libraries takes longer than opening the window.
    from app.tracking.build import AnyTracker, make_tracker

    if isinstance(last, AnyTracker):
        return make_tracker(*last.networks, options.tracker_settings())
    return ahead.tracker(options)


def _make_source(ahead: LoadedAhead, source: str | None, loop: bool, speed: float) -> Source:
    from app.sources import make_source

    return ahead.source(source, loop, speed) or make_source(source, realtime=True, loop=loop, speed=speed)


def _make_whole_source(source: str) -> Source:
    from app.sources import make_source

    return make_source(source, realtime=False)


def _list_cameras() -> Sequence[CameraChoice]:
    try:
        from app.sources.camera_list import list_cameras

        return [
            CameraChoice(f"camera:{camera.serial}", f"{camera.name} ({camera.serial})") for camera in list_cameras()
        ]
    except (ImportError, AppError):
        return []
