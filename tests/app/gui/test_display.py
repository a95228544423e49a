"""A display that cannot be opened is an error of ours and not the end of the process in Qt."""

import sys

import pytest

from app.errors import DisplayError
from app.gui.display import prepare_display

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_no_display_at_all_is_said_with_what_to_do():
    with pytest.raises(DisplayError, match=r"DISPLAY is not set.*--headless"):
        prepare_display()


def test_a_display_that_does_not_answer_is_named(plain_environment):
    plain_environment.setenv("DISPLAY", ":987")
    with pytest.raises(DisplayError, match=r":987 cannot be opened.*--headless"):
        prepare_display()


def test_x_is_taken_on_wayland_where_it_is_there(plain_environment, x_display):
    import os

    plain_environment.setenv("DISPLAY", x_display)
    plain_environment.setenv("WAYLAND_DISPLAY", "wayland-0")
    plain_environment.setenv("XDG_SESSION_TYPE", "wayland")
    prepare_display()
    assert os.environ["QT_QPA_PLATFORM"] == "xcb"
    assert os.environ["XDG_SESSION_TYPE"] == "x11"


def test_wayland_without_x_is_taken_where_its_socket_exists(plain_environment, tmp_path):
    import os

    (tmp_path / "wayland-7").touch()
    plain_environment.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    plain_environment.setenv("WAYLAND_DISPLAY", "wayland-7")
    prepare_display()
    assert os.environ["QT_QPA_PLATFORM"] == "wayland"


def test_a_wayland_name_without_a_socket_is_no_display(plain_environment, tmp_path):
    plain_environment.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    plain_environment.setenv("WAYLAND_DISPLAY", "wayland-7")
    with pytest.raises(DisplayError):
        prepare_display()


def test_a_platform_without_a_display_is_left_alone(plain_environment):
    plain_environment.setenv("QT_QPA_PLATFORM", "offscreen")
    prepare_display()
