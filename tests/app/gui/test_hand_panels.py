"""The panels of two hands, in a process of its own without a display."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SHOW = """
import json
from dataclasses import replace
from PySide6.QtWidgets import QApplication
from app.gui.hand_panels import HandPanels
from tests.app.gui.fakes import pose_at
app = QApplication([])
panels = HandPanels()
right = replace(pose_at(1), hand="right")
left = replace(right, hand="left", joints_cam_m=right.joints_cam_m + (0.3, 0, 0))
off = replace(right, joints_cam_m=right.joints_cam_m + (0, 0.004, 0))
shown = []
def show(poses, truths=()):
    panels.show_poses(poses, truths)
    shown.append([(panel.side.text(), panel.isVisibleTo(panels), panel.error.text()) for panel in panels.panels])
show(())
show((left,))
show((left, right), (off, left))
show((left,))
panels.clear()
show((left,))
print(json.dumps(shown))
"""


def test_a_second_panel_comes_with_the_second_hand_and_the_right_one_is_above():
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    nothing, one, both, left_alone, cleared = json.loads(done.stdout)
    assert [text for text, *_ in nothing] == ["No hand", "No hand"]
    assert [visible for _, visible, _ in one] == [True, False] and one[0][0] == "Left hand"
    assert [(text, visible) for text, visible, _ in both] == [("Right hand", True), ("Left hand", True)]
    # Each is measured against its own truth.
    assert [error[-6:] for *_, error in both] == ["4.0 mm", "0.0 mm"]
    assert [text for text, *_ in left_alone] == ["No hand", "Left hand"]
    assert [(text, visible) for text, visible, _ in cleared] == [("Left hand", True), ("No hand", False)]
