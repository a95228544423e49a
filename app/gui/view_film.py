"""Pictures of the 3D view for a film that is made in another thread."""

from __future__ import annotations

import threading
from dataclasses import replace

from app.errors import ExportError
from app.run.film import Picture
from app.tracking.result import TrackResult
from app.viewer.viewer import Viewer
from models.core.types import DepthFrame


class ViewPictures:
    """A second, hidden 3D view. It looks from a little aside and goes with the hand.

    `make` may be called from any one thread, which then waits for the main thread to call `serve`; everything else
    belongs to the main thread. Raises DisplayError where no OpenGL window can be made.
    """

    def __init__(self, span_m: tuple[float, float]) -> None:
        self._viewer, self._span_m = Viewer(), span_m
        self._condition = threading.Condition()
        self._wanted: tuple[DepthFrame, TrackResult] | None = None
        self._made: Picture | None = None
        self._closed = False

    def make(self, frame: DepthFrame, result: TrackResult) -> Picture:
        """The picture (H, W, 3) uint8 RGB of a frame. ExportError where the view is closed."""
        with self._condition:
            # The view follows the hand in the recording's time, however fast its frames come.
            self._wanted = (replace(frame, arrival_s=frame.timestamp_ms / 1000), result)
            self._condition.wait_for(lambda: self._made is not None or self._closed)
            made, self._made = self._made, None
        if made is None:
            raise ExportError("the 3D view was closed")
        return made

    def serve(self) -> None:
        """Draw what is wanted, if anything is."""
        with self._condition:
            wanted, self._wanted = self._wanted, None
        if wanted is None or self._closed:
            return
        frame, result = wanted
        poses = result.poses
        self._viewer.show(frame, poses[0] if poses else None, self._span_m, poses[1:])
        picture = self._viewer.capture()
        with self._condition:
            self._made = picture
            self._condition.notify_all()

    def close(self) -> None:
        """Destroy the view and wake who waits. May be called twice."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._viewer.close()
