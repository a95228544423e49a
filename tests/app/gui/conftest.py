"""Virtual displays for what opens windows."""

from tests.app.gui.xvfb import desk_display, plain_display, x_display

__all__ = ["desk_display", "plain_display", "x_display"]
