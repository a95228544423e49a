"""The panel of joint angles, in a process of its own without a display."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SHOW = """
import json
import sys
import numpy as np
from PySide6.QtWidgets import QApplication
from app.gui import theme
from app.gui.angles_panel import AnglesPanel
from models.core.types import Pose
from models.rendering.gestures import GESTURES
from models.rendering.rig import default_rig
app = QApplication([])
theme.apply(app)
rig = default_rig()
joints = rig.hand(np.zeros(rig.components), 0.185).pose(GESTURES["point"]).joints_hand_m
pose = Pose(joints, np.ones(21), 1.0, "right", joint_sd_mm=np.full(21, 3.0))
panel = AnglesPanel()
panel.resize(400, 200)
shown = []
for visible, given in ((False, pose), (True, pose), (True, None)):
    panel.setVisible(visible)
    panel.show_pose(given, 0.0)
    texts = {name: text.text() for name, (_, text, _) in panel._bars.items()}
    shown.append([panel.gesture.text(), texts, panel._bars["index_pip_flexion"][1].toolTip()])
    if given is not None and visible and len(sys.argv) > 1:
        panel.grab().save(sys.argv[1])
print(json.dumps(shown))
"""


def test_angles_and_gesture_are_shown_while_the_panel_is():
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    hidden, visible, no_hand = json.loads(done.stdout)
    for gesture, texts, _ in (hidden, no_hand):
        assert gesture == "" and set(texts.values()) == {""}
    gesture, texts, tip = visible
    assert gesture == "point"
    assert abs(float(texts["index_pip_flexion"].rstrip("°")) - 5) <= 2
    assert abs(float(texts["ring_pip_flexion"].rstrip("°")) - 103) <= 2
    assert tip.startswith("Index pip flexion, ± ")
