"""Other threads of Python go on while the 3D view is drawn."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.gui import xvfb

ROOT = Path(__file__).resolve().parents[3]

COUNTS = """
import json, sys, threading, time
from app.viewer import unlocked
from app.viewer.viewer import Viewer
from tests.app.gui.fakes import depth_at, pose_at
from tests.app.viewer.capture import SPAN_M, frame_of
if sys.argv[1]:
    setattr(unlocked, *{"symbol": ("_POLL_EVENTS", "no_such_function"), "build": ("_ABI", b"another")}[sys.argv[1]])
viewer = Viewer(400, 300)
count, ends = [0], threading.Event()

def run():
    while not ends.is_set():
        count[0] += 1
        time.sleep(0)

thread = threading.Thread(target=run)
thread.start()
went_on = 0
for number in range(20):
    viewer.show(frame_of(depth_at(number)), pose_at(number), SPAN_M)
    viewer._show_eye()
    viewer._visualizer.update_renderer()
    time.sleep(0.01)  # the thread has had its turn: it does not ask for the lock just now
    before = count[0]
    viewer._poll_events()
    went_on += count[0] > before + 20  # it may have had the lock once more just before
ends.set()
thread.join()
picture = viewer.capture()
viewer.close()
print(json.dumps([went_on, int(picture.max())]))
"""


def drawn(display: str, broken: str) -> list[int]:
    command = [sys.executable, "-c", COUNTS, broken]
    done = subprocess.run(
        command, env=xvfb.environment(display), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[int] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="open3d's wheels for other systems name their functions otherwise")
def test_threads_run_while_the_view_is_drawn(x_display):
    went_on, brightest = drawn(x_display, "")
    assert went_on > 10
    assert brightest > 100


@pytest.mark.parametrize("broken", ["symbol", "build"])
def test_another_build_of_open3d_draws_all_the_same(x_display, broken: str):
    went_on, brightest = drawn(x_display, broken)
    assert went_on < 10
    assert brightest > 100
