"""The buttons and menu entries of the 3D view, connected with it."""

from __future__ import annotations

from app.gui.menus import Menus
from app.gui.toolbar import Toolbar
from app.gui.viewer_panel import ViewerPanel
from app.viewer.aim import Viewpoint


def connect_view(toolbar: Toolbar, menus: Menus, viewer: ViewerPanel) -> None:
    """Let them turn the view, and switch what it shows."""
    toolbar.follow_changed.connect(viewer.set_follows_hand)
    toolbar.reset_view_clicked.connect(lambda: viewer.reset_view())
    menus.from_camera.triggered.connect(lambda: viewer.reset_view(Viewpoint.CAMERA))
    menus.from_side.triggered.connect(lambda: viewer.reset_view(Viewpoint.SIDE))
    menus.from_above.triggered.connect(lambda: viewer.reset_view(Viewpoint.TOP))
    menus.cube.toggled.connect(viewer.set_shows_cube)
    menus.names.toggled.connect(viewer.set_shows_names)
