"""A virtual display for what opens windows."""

from tests.app.gui.xvfb import x_display

__all__ = ["x_display"]
