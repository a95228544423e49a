"""An open3d window that shows one scene: for embedding, or hidden and read back as pictures. Knows no Qt."""

from __future__ import annotations

import logging
import os

import numpy as np
from numpy.typing import NDArray

from app.errors import DisplayError
from app.viewer.aim import (
    Focus,
    HandFollower,
    Viewpoint,
    cloud_focus,
    from_camera,
    hands_focus,
    looked_at,
)
from app.viewer.colors import BACKGROUND
from app.viewer.library import o3d
from app.viewer.opengl import spare_the_processor
from app.viewer.paint import paint_of
from app.viewer.scene import NO_SURFACE, Scene
from app.viewer.shown import Coloring, HandAs, HandMesh, Insight
from app.viewer.surface import Surface, build_surface
from app.viewer.unlocked import poll_events_of
from app.viewer.x11 import window_by_title
from models.core.types import DepthFrame, Pose

log = logging.getLogger(__name__)

_STAGE_EXTENT_M = 1.2
_NARROWER = -4.0  # steps of 5 degrees from open3d's 60: less distortion close up
_FIELD_DEGREES = 60.0 + 5.0 * _NARROWER
RADIANS_A_PIXEL = 0.003
"""How far open3d turns a view that is dragged by a pixel."""
_Shown = tuple[DepthFrame, "Pose | None", tuple[float, float], tuple[Pose, ...], tuple[HandMesh | None, ...]]
_EMPTY_FOCUS = Focus(np.array([0.0, 0.0, 0.5]), 0.3)


class Viewer:
    """Shows frames and poses, upright and not mirrored, from a little aside until the user turns it.

    follows_hand: the view moves with the hand; how it is turned and zoomed stays as it is.
    It takes no mouse and no keys: whoever shows it calls `orbit`, `pan` and `zoom`. Not thread-safe: make, call and
    close it on the main thread. `close` may be called twice. Raises DisplayError where no OpenGL window can be made.
    """

    def __init__(self, width: int = 960, height: int = 720) -> None:
        spare_the_processor()
        o3d.utility.set_verbosity_level(o3d.utility.VerbosityLevel.Error)
        self._title = f"v2v-view-{os.getpid()}-{id(self):x}"
        self._visualizer: o3d.visualization.Visualizer | None = None
        visualizer = o3d.visualization.Visualizer()
        if not visualizer.create_window(self._title, width, height, visible=False):
            raise DisplayError("no OpenGL window can be opened for the 3D view; install or update the OpenGL drivers")
        self._visualizer = visualizer
        self._poll_events = poll_events_of(visualizer)
        options = visualizer.get_render_option()
        options.background_color = np.array(BACKGROUND)
        self._scene = Scene(visualizer)
        self._dirty = True
        visualizer.get_view_control().change_field_of_view(step=_NARROWER)
        self.follows_hand = True
        self._follower = HandFollower()
        self._focus, self._looked_at = _EMPTY_FOCUS, _EMPTY_FOCUS.center_cam_m
        self._focus_is_set, self._most_hands = False, 0
        self._placed: NDArray | None = None
        self._coloring = Coloring.HAND
        self._insight: Insight | None = None
        self._last: _Shown | None = None
        self.reset_view()

    @property
    def is_open(self) -> bool:
        return self._visualizer is not None

    def native_id(self) -> int | None:
        """X11 id of the window, for embedding; None where it cannot be found."""
        return window_by_title(self._title)

    def show(
        self,
        frame: DepthFrame,
        pose: Pose | None,
        span_m: tuple[float, float],
        others: tuple[Pose, ...] = (),
        meshes: tuple[HandMesh | None, ...] = (),
    ) -> None:
        """Replace what is shown; drawn by the next `render`. The view looks at `pose`; `others` are shown beside it.

        span_m: nearest and farthest depth of the colours. meshes: the hands' models, in the order of the poses, or
        None.
        """
        if self._visualizer is None:
            return
        self._last = frame, pose, span_m, others, meshes
        poses = () if pose is None else (pose, *others)
        surface = self._show_surface()
        self._scene.show_hands(poses, meshes)
        self._dirty = True
        self._aim(surface.vertices_cam_m, poses, frame.arrival_s)

    def _show_surface(self) -> Surface:
        """What the camera saw last, or nothing where what the network sees is in its place."""
        if self._last is None or self._insight is not None:
            surface, camera = NO_SURFACE, None if self._last is None else self._last[0].camera
        else:
            frame, pose, span_m, others, meshes = self._last
            poses = () if pose is None else (pose, *others)
            paint = paint_of(self._coloring, span_m, [mesh for mesh in meshes if mesh is not None])
            color = frame.color if self._coloring is Coloring.CAMERA else None
            surface = build_surface(frame.depth_m(), frame.camera, poses, paint, color)
            camera = frame.camera
        self._scene.show_surface(surface, camera)
        return surface

    def show_insight(self, insight: Insight | None, joint: int = 0) -> None:
        """Show a cube as the network sees it, with one joint's likelihood, in place of the surface; None ends that."""
        if self._visualizer is not None:
            changes_surface = (insight is None) != (self._insight is None)
            self._insight = insight
            self._scene.show_insight(insight, joint)
            if changes_surface:
                self._show_surface()
            self._dirty = True

    def clear(self) -> None:
        """Show nothing and forget what the view was focused on: for a new source."""
        if self._visualizer is None:
            return
        self._scene.clear()
        self._last = self._insight = None
        self._follower.forget()
        self._focus_is_set, self._most_hands = False, 0
        self._dirty = True

    def set_dimmed(self, dimmed: bool) -> None:
        """Fade everything: the picture is an old one."""
        if self._visualizer is not None and self._scene.set_dimmed(dimmed):
            self._dirty = True

    def set_shows_cube(self, shows: bool) -> None:
        """Show the tracked cube with its axes, or not."""
        if self._visualizer is not None:
            self._scene.set_shows_cube(shows)
            self._dirty = True

    def set_shows_names(self, shows: bool) -> None:
        """Show the fingers' names at their tips, or not."""
        if self._visualizer is not None:
            self._scene.set_shows_names(shows)
            self._dirty = True

    def set_shows_camera(self, shows: bool) -> None:
        """Show the depth camera and the edges of what it sees, or not."""
        if self._visualizer is not None:
            self._scene.set_shows_camera(shows)
            self._dirty = True

    def set_hand_as(self, hand_as: HandAs) -> None:
        """Draw hands as bones, as the fitted model's skin, as both or not at all. Without a model they are bones."""
        if self._visualizer is not None:
            self._scene.set_hand_as(hand_as)
            self._dirty = True

    def set_coloring(self, coloring: Coloring) -> None:
        """Let the colours of the surface say something else.

        Without a model there is no distance from it, and without colour pictures there are no colours of the camera.
        """
        if self._visualizer is not None:
            self._coloring = coloring
            self._show_surface()
            self._dirty = True

    def _aim(self, points_cam_m: NDArray, poses: tuple[Pose, ...], time_s: float) -> None:
        """Look at the first cloud, the first hand and the first two, unless the user has turned the view; then go with
        the hands."""
        if poses:
            self._focus = hands_focus(poses)
        elif len(points_cam_m) and not self._most_hands:
            self._focus = cloud_focus(points_cam_m)
        else:
            return
        news = not self._focus_is_set or len(poses) > self._most_hands
        self._focus_is_set = True
        self._most_hands = max(self._most_hands, len(poses))
        if news and not self._user_has_turned():
            self.reset_view()
        if poses:
            shift = self._follower.shift(self._focus.center_cam_m, time_s)
            if self.follows_hand and shift.any():
                self._move_view(shift)

    def _move_view(self, shift_cam_m: NDArray) -> None:
        assert self._visualizer is not None
        untouched = not self._user_has_turned()
        self._looked_at = looked_at(self.view_matrix(), self._looked_at) + shift_cam_m
        self._visualizer.get_view_control().set_lookat(self._looked_at)
        if untouched:
            self._placed = self.view_matrix()

    def _user_has_turned(self) -> bool:
        if self._placed is None or self._visualizer is None:
            return False
        return not np.allclose(self.view_matrix(), self._placed, atol=1e-4)

    def view_matrix(self) -> NDArray[np.float64]:
        """T_view_camera (4, 4): from the depth camera's frame to the view's, +X right, +Y down, +Z forward, metres."""
        assert self._visualizer is not None
        return np.asarray(self._visualizer.get_view_control().convert_to_pinhole_camera_parameters().extrinsic).copy()

    def reset_view(self, viewpoint: Viewpoint = Viewpoint.ASIDE) -> None:
        """Look at the hand, or without one at the nearest part of the scene, from where `viewpoint` says."""
        if self._visualizer is None:
            return
        control = self._visualizer.get_view_control()
        focus = self._focus if viewpoint.frames_hand else from_camera(self._focus, np.radians(_FIELD_DEGREES / 2))
        control.set_lookat(focus.center_cam_m)
        control.set_front(viewpoint.toward_eye())
        control.set_up(viewpoint.upward())
        control.set_zoom(focus.half_height_m / _STAGE_EXTENT_M)
        control.set_constant_z_near(0.01)
        control.set_constant_z_far(10.0)
        self._looked_at = focus.center_cam_m
        self._follower.forget(self._focus.center_cam_m if self._most_hands else None)
        self._placed = self.view_matrix()
        self._dirty = True

    def orbit(self, dx_px: float, dy_px: float) -> None:
        """Turn the view about its focus, as a drag of so many pixels does."""
        if self._visualizer is not None:
            self._visualizer.get_view_control().rotate(dx_px, dy_px)
            self._dirty = True

    def drift(self, degrees: float) -> None:
        """Turn the view to the side as `orbit` does; unlike that it does not count as the user's turning."""
        if self._visualizer is not None:
            untouched = not self._user_has_turned()
            self.orbit(np.radians(degrees) / RADIANS_A_PIXEL, 0.0)
            if untouched:
                self._placed = self.view_matrix()

    def pan(self, dx_px: float, dy_px: float) -> None:
        """Move the view in its plane, as a drag of so many pixels does."""
        if self._visualizer is not None:
            self._visualizer.get_view_control().translate(dx_px, dy_px)
            self._dirty = True

    def zoom(self, steps: float) -> None:
        """Come nearer by so many notches of a wheel, or go back (below zero)."""
        if self._visualizer is not None:
            self._visualizer.get_view_control().scale(-steps)
            self._dirty = True

    def refresh(self) -> None:
        """Let the next `render` draw though nothing changed: what lay over the window is gone."""
        self._dirty = True

    def render(self) -> bool:
        """Handle the window's own events and redraw where something changed; True where this call redrew."""
        if self._visualizer is None:
            return False
        drawn, self._dirty = self._dirty, False
        if drawn:
            self._show_eye()
            self._visualizer.update_renderer()
        self._poll_events()
        return drawn

    def render_picture(self) -> NDArray[np.uint8] | None:
        """As `render`, for a window that nobody sees: the picture as `capture` gives it, None where nothing changed."""
        if self._visualizer is None:
            return None
        drawn, self._dirty = self._dirty, False
        self._poll_events()
        return self.capture() if drawn else None

    def _show_eye(self) -> None:
        matrix = self.view_matrix()
        self._scene.see_from(-matrix[:3, :3].T @ matrix[:3, 3], matrix[:3, :3])

    def capture(self) -> NDArray[np.uint8]:
        """The picture as (H, W, 3) uint8 RGB, freshly rendered."""
        assert self._visualizer is not None
        self._show_eye()
        picture = np.asarray(self._visualizer.capture_screen_float_buffer(True))
        return np.ascontiguousarray((picture * 255.0 + 0.5).astype(np.uint8))

    def close(self) -> None:
        """Destroy the window. An embedding window must have let go of it before."""
        if self._visualizer is not None:
            self._visualizer.destroy_window()
            self._visualizer = None
