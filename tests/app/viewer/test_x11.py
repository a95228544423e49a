"""Asking the X server before Qt does."""

import os
import subprocess
import sys

import pytest

from app.viewer import x11

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 is looked for on Linux only")


def test_no_name_is_no_display(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    assert not x11.display_opens()


def test_a_display_that_nobody_serves_does_not_open():
    assert not x11.display_opens(":987")


def test_a_served_display_opens(x_display):
    assert x11.display_opens(x_display)


def test_a_window_is_found_by_its_whole_title_only(x_display):
    # In another process, because the search uses $DISPLAY, as the toolkits do.
    code = (
        "from app.viewer.viewer import Viewer; from app.viewer import x11; v = Viewer(64, 64)\n"
        "print(v.native_id() == x11.window_by_title(v._title) is not None, x11.window_by_title(v._title[:-1]))\n"
        "v.close(); print(v.is_open)"
    )
    environment = {**os.environ, "DISPLAY": x_display}
    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stderr
    assert out.stdout.split() == ["True", "None", "False"]
