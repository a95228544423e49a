"""The hand panel, in a process of its own without a display."""

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
import numpy as np
from PySide6.QtWidgets import QApplication
from app.gui.hand_panel import HandPanel
from models.core.skeleton import HAND
from tests.app.gui.fakes import pose_at
app = QApplication([])
panel = HandPanel()
deviations = 2.0 + 3 * np.array(HAND.groups)
shown = []
for pose in (replace(pose_at(1), joint_sd_mm=deviations), pose_at(1), None):
    panel.show_pose(pose)
    shown.append([deviation.text() for _, deviation, _ in panel._bars])
print(json.dumps(shown))
"""


def test_each_finger_has_its_standard_deviation_where_the_network_was_calibrated():
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    calibrated, uncalibrated, no_hand = json.loads(done.stdout)
    assert calibrated == [
        "± 17 mm",
        "± 5 mm",
        "± 8 mm",
        "± 11 mm",
        "± 14 mm",
        "± 2 mm",
    ]  # thumb to little finger, wrist
    assert set(uncalibrated) == set(no_hand) == {""}
