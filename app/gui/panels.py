"""All panels of the window, placed around the 3D view, and fed with what is new."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.gui.angles_panel import AnglesPanel
from app.gui.camera_panel import CameraPanel
from app.gui.depth_panel import DepthPanel
from app.gui.docks import Area, Docks
from app.gui.hand_panels import HandPanels
from app.gui.joints_panel import JointsPanel
from app.gui.log_panel import LogPanel, keep_log
from app.gui.plots_panel import PlotsPanel
from app.gui.session_types import SessionView
from app.gui.simulator_panel import SimulatorPanel
from app.pipeline import Latest
from models.core.types import Pose

_SLOW_EVERY = 4
"""Looks at the session between two of what need not be new at once."""


class Panels:
    """The panels and their docks. `docks` is the widget that holds them, with `center` in their middle."""

    def __init__(self, center: QWidget) -> None:
        self.depth, self.hand, self.angles = DepthPanel(), HandPanels(), AnglesPanel()
        self.joints, self.plots, self.log = JointsPanel(), PlotsPanel(), LogPanel(keep_log())
        self.camera, self.simulator = CameraPanel(), SimulatorPanel()
        self.docks = Docks(center)
        self.docks.add("depth", self.depth, Area.RightDockWidgetArea, "D", is_shown=True)
        self.docks.add("hand", self.hand, Area.RightDockWidgetArea, "H", is_shown=True)
        self.docks.add("angles", self.angles, Area.RightDockWidgetArea, "A")
        self.docks.add("joints", self.joints, Area.RightDockWidgetArea, "J", tab_with="angles")
        self.docks.add("plots", self.plots, Area.BottomDockWidgetArea, "P")
        self.docks.add("log", self.log, Area.BottomDockWidgetArea, "Ctrl+L", tab_with="plots")
        self.docks.add("camera", self.camera, Area.LeftDockWidgetArea, "Ctrl+Shift+C")
        self.docks.add("simulator", self.simulator, Area.LeftDockWidgetArea, "Ctrl+Shift+M", tab_with="camera")
        self.docks.remember_first()
        self._looks = 0
        # Once the second panel has its place.
        self.hand.grew.connect(lambda: QTimer.singleShot(0, lambda: self.docks.make_room("hand")))

    def begin(self) -> None:
        """A new source has delivered: what the old one left behind goes."""
        self.depth.view.clear()
        self.hand.clear()
        self.plots.clear()

    def show(
        self, latest: Latest, poses: tuple[Pose, ...], truths: tuple[Pose, ...], span_m: tuple[float, float]
    ) -> None:
        """A new result. poses: those of it that are to be seen. span_m: nearest and farthest depth of the colours."""
        pose, others = poses[0] if poses else None, poses[1:]
        self.depth.view.show_frame(latest.frame, pose, span_m, others)
        self.hand.show_poses(poses, truths)
        self.angles.show_pose(pose, latest.frame.timestamp_ms / 1000)
        self.joints.show_poses(poses)
        self.plots.take(latest, pose)

    def look(self, view: SessionView, span_m: tuple[float, float]) -> None:
        """Call with every look at the session. span_m: the depths that are searched."""
        self._looks += 1
        if self._looks % _SLOW_EVERY == 0:
            self.plots.look()
            self.log.look()
            self.camera.look(view, span_m)
            self.simulator.look(view)

    def set_stale(self, stale: bool) -> None:
        """Dim what is of the last picture, not of what the camera sees now."""
        self.depth.view.set_stale(stale)
        self.hand.set_stale(stale)
        self.angles.set_stale(stale)
        self.joints.set_stale(stale)
