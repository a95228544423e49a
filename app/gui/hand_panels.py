"""The panels of the tracked hands: one, and a second one from when two hands are seen."""

from __future__ import annotations

from PySide6.QtCore import Signal

from app.gui.hand_panel import HandPanel
from app.gui.parts import Panel
from app.run.per_hand import nearest
from models.core.types import Pose


class HandPanels(Panel):
    """Shows the newest poses. With two panels the upper one is the right hand's. grew: there are two from now on."""

    grew = Signal()

    def __init__(self) -> None:
        super().__init__("Hand", scrolls=True)
        self.panels = HandPanel(), HandPanel()
        for panel in self.panels:
            self.body.addWidget(panel)
        self.body.addStretch(1)
        self.clear()

    def clear(self) -> None:
        """One panel at rest: for a new source."""
        self._shows_two = False
        self.panels[1].hide()
        self.show_poses((), ())

    def show_poses(self, poses: tuple[Pose, ...], truths: tuple[Pose, ...]) -> None:
        """truths: the same frame's ground truth, where the source has it."""
        if len(poses) > 1 and not self._shows_two:
            self._shows_two = True
            self.panels[1].show()
            self.grew.emit()
        for panel, pose in zip(self.panels, self._placed(poses)):
            panel.show_pose(pose, nearest(pose, truths))

    def _placed(self, poses: tuple[Pose, ...]) -> tuple[Pose | None, Pose | None]:
        """The pose of each panel."""
        first, second = (*poses, None, None)[:2]
        if self._shows_two and first is not None and first.hand == "left" and (not second or second.hand == "right"):
            return second, first
        return first, second

    def set_stale(self, stale: bool) -> None:
        """Dim everything: it is of the last picture, not of what the camera sees now."""
        for panel in self.panels:
            panel.set_stale(stale)
