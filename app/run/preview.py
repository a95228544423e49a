"""Pictures of depth frames with the skeleton drawn on them."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.errors import ExportError
from app.tracking.result import TrackResult
from models.core.camera import project
from models.core.skeleton import HAND, WRIST
from models.core.types import Camera, DepthFrame, Pose
from models.outputs import OutputError, check_there, write_whole

MIN_WIDTH = 640
# Pictures of a long recording: every k-th frame so that about this many come out.
MAX_PICTURES = 300
LIVE_STEP = 10
_OUTLINE = (24, 24, 24)
_PNG_HEAD_BYTES = 33
"""The signature and the first chunk of a PNG, after which other chunks may stand."""


def depth_picture(frame: DepthFrame, near_m: float, far_m: float) -> NDArray[np.uint8]:
    """Depth as colours (H, W, 3) uint8 BGR: light at `near_m`, dark towards `far_m`, grey beyond, black unmeasured.

    No colour of it is a finger's. Slanted surfaces are darker, as under a lamp at the camera, so that fingers stand
    out from the palm.
    """
    depth = frame.depth_m()
    share = np.clip((depth - near_m) / (far_m - near_m), 0, 1)
    picture = cv2.applyColorMap((230 - 120 * share).astype(np.uint8), cv2.COLORMAP_BONE)
    picture[depth > far_m] = 48
    shaded: NDArray[np.uint8] = (picture * _shading(depth, frame.camera)[:, :, None]).astype(np.uint8)
    shaded[frame.raw == 0] = 0
    return shaded


def draw_pose(picture: NDArray[np.uint8], pose: Pose, camera: Camera, scale: float = 1.0) -> None:
    """Draw bones and joints into a BGR picture that is `scale` times the camera's image; one colour a finger."""
    uv = (project(pose.joints_cam_m, camera) + 0.5) * scale - 0.5
    uv = np.clip(uv, -1e4, 1e4)
    thickness = max(round(picture.shape[1] / 320), 1)
    # Sixteenths of a pixel keep the skeleton from jittering on the grid.
    points = [(int(round(16 * u)), int(round(16 * v))) for u, v in uv]
    colors = [_bgr(joint) for joint in range(len(HAND.joints))]
    for parent, child in HAND.bones:
        cv2.line(picture, points[parent], points[child], _OUTLINE, thickness + 2, cv2.LINE_AA, shift=4)
    for parent, child in HAND.bones:
        cv2.line(picture, points[parent], points[child], colors[child], thickness, cv2.LINE_AA, shift=4)
    for point, color in zip(points, colors):
        cv2.circle(picture, point, 16 * thickness, (255, 255, 255), -1, cv2.LINE_AA, shift=4)
        cv2.circle(picture, point, 20 * thickness, color, thickness, cv2.LINE_AA, shift=4)


def preview_picture(
    frame: DepthFrame, result: TrackResult, near_m: float, far_m: float, note: str = ""
) -> NDArray[np.uint8]:
    """The whole preview (H, W, 3) uint8 BGR, at least `MIN_WIDTH` wide: depth, skeleton, cube's square and state."""
    picture = depth_picture(frame, near_m, far_m)
    scale = max(round(MIN_WIDTH / frame.camera.width), 1)
    if scale > 1:
        picture = np.ascontiguousarray(picture.repeat(scale, axis=0).repeat(scale, axis=1))
    for pose in result.poses:
        _draw_cube(picture, pose, frame.camera, scale)
        draw_pose(picture, pose, frame.camera, scale)
    if len(result.poses) > 1:
        for pose in result.poses:
            _write(picture, pose.hand, _beside_wrist(pose, frame.camera, scale))
    lines = [f"frame {result.frame_id}  {_state(hand)}" for hand in result.hands]
    for number, line in enumerate([*lines, note] if note else lines):
        _write(picture, line, (8, 18 + 20 * number))
    return picture


def _state(hand: TrackResult) -> str:
    """What is known of one hand, in a few words."""
    text = hand.state.value
    if hand.pose is not None:
        text = f"{hand.verdict.value}  {hand.pose.hand}  confidence {hand.pose.confidence:.2f}"
    return text if hand.presence is None else f"{text}  presence {hand.presence:.2f}"


def _write(picture: NDArray[np.uint8], text: str, place: tuple[int, int]) -> None:
    """Put white text with a black edge into a picture; `place`: the lower left corner, x and y in pixels."""
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)


def _beside_wrist(pose: Pose, camera: Camera, scale: float) -> tuple[int, int]:
    """Where the name of a hand is written: below its wrist."""
    u, v = np.clip((project(pose.joints_cam_m[WRIST], camera) + 0.5) * scale, -1e4, 1e4)
    return round(u) - 18, round(v) + 24


class PreviewWriter:
    """Writes previews as PNGs named by frame number into `folder`, which is made where it is missing.

    frame_count: how many frames will come, None where it is not known (a live source: every `LIVE_STEP`-th is
    written). Raises ExportError where the folder or a picture cannot be written.
    """

    def __init__(self, folder: Path, near_m: float, far_m: float, frame_count: int | None) -> None:
        self.folder = folder
        self._near_m, self._far_m = near_m, far_m
        self._step = LIVE_STEP if frame_count is None else max(-(-frame_count // MAX_PICTURES), 1)
        self._seen = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._error(error.strerror) from None
        if not os.access(folder, os.W_OK):
            raise self._error("permission denied")

    def write(self, frame: DepthFrame, result: TrackResult, note: str = "") -> None:
        """Write this frame's picture where it is its turn."""
        self._seen += 1
        if (self._seen - 1) % self._step:
            return
        picture = preview_picture(frame, result, self._near_m, self._far_m, note)
        done, png = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 3])
        if not done:
            raise self._error("the picture cannot be encoded")
        try:
            write_whole(self.folder / f"{result.frame_id:06d}.png", _marked(png.tobytes()))
        except OutputError as error:
            raise ExportError(str(error)) from None
        except OSError as error:
            raise self._error(error.strerror) from None

    def close(self) -> None:
        """Raises ExportError where the folder is gone."""
        try:
            check_there(self.folder)
        except OutputError as error:
            raise ExportError(str(error)) from None

    def _error(self, reason: str | None) -> ExportError:
        return ExportError(f"preview pictures cannot be written to {self.folder}: {reason}; choose another --preview")


def is_preview(path: Path) -> bool:
    """Was this file written by a PreviewWriter?"""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(_PNG_HEAD_BYTES + len(_MARK))[_PNG_HEAD_BYTES:] == _MARK
    except OSError:
        return False


def _text_chunk(text: bytes) -> bytes:
    body = b"tEXt" + text
    return struct.pack(">I", len(text)) + body + struct.pack(">I", zlib.crc32(body))


_MARK = _text_chunk(b"Software\0V2V-PoseNet preview")


def _marked(png: bytes) -> bytes:
    """The picture with a line of text in it that says what wrote it, so that it may be replaced later."""
    return png[:_PNG_HEAD_BYTES] + _MARK + png[_PNG_HEAD_BYTES:]


def _shading(depth_m: NDArray[np.float32], camera: Camera) -> NDArray[np.float32]:
    """Brightness (H, W) in 0.25..0.9: how much of each surface faces the camera."""
    smooth = cv2.GaussianBlur(depth_m, (5, 5), 0)
    pixel_m = np.maximum(smooth, np.float32(0.05))
    down, right = np.gradient(smooth)
    squared = (right * camera.fx / pixel_m) ** 2 + (down * camera.fy / pixel_m) ** 2
    brightness: NDArray[np.float32] = np.float32(0.25) + np.float32(0.65) / np.sqrt(1 + squared)
    return brightness


def _bgr(joint: int) -> tuple[int, int, int]:
    red, green, blue = HAND.joint_color(joint)
    return round(255 * blue), round(255 * green), round(255 * red)


def _draw_cube(picture: NDArray[np.uint8], pose: Pose, camera: Camera, scale: float) -> None:
    """The cube's cross-section at its centre, as a thin square."""
    if pose.cube is None:
        return
    half = pose.cube.size_m / 2
    corners = pose.cube.center_cam_m + np.array([(-half, -half, 0), (half, half, 0)])
    if corners[0, 2] <= 0:
        return
    (u0, v0), (u1, v1) = np.clip((project(corners, camera) + 0.5) * scale, -1e4, 1e4).round().astype(int).tolist()
    cv2.rectangle(picture, (u0, v0), (u1, v1), (200, 200, 200), 1)
