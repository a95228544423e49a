"""Which cameras are connected, asked in a reader process."""

from __future__ import annotations

from app.errors import SourceError
from app.sources.camera_settings import CameraDevice
from app.sources.reader import OPEN_LIMIT_S
from app.sources.reader_link import ReaderDiedError, ReaderLink


def list_cameras() -> list[CameraDevice]:
    """The RealSense cameras that are connected now; SourceError where the SDK is missing or fails."""
    link = ReaderLink("app.sources.realsense:ConnectedCameras")
    try:
        link.wait_until_ready()
        cameras: list[CameraDevice] = link.ask("list", limit_s=OPEN_LIMIT_S)
        return cameras
    except ReaderDiedError as died:
        raise SourceError(f"cameras cannot be listed ({died}); unplug and replug the camera") from None
    finally:
        link.end()
