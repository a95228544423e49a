"""The buttons and menu entries of the 3D view, connected with it."""

from __future__ import annotations

from app.gui.menus import Menus
from app.gui.sights import Sights
from app.gui.toolbar import Toolbar
from app.gui.viewer_panel import ViewerPanel
from app.viewer.aim import Viewpoint


def connect_view(toolbar: Toolbar, menus: Menus, viewer: ViewerPanel, sights: Sights) -> None:
    """Let them turn the view, and switch what it shows. Where there is no view they are greyed out."""
    toolbar.follow_changed.connect(viewer.set_follows_hand)
    toolbar.reset_view_clicked.connect(lambda: viewer.reset_view())
    menus.from_camera.triggered.connect(lambda: viewer.reset_view(Viewpoint.CAMERA))
    menus.from_side.triggered.connect(lambda: viewer.reset_view(Viewpoint.SIDE))
    menus.from_above.triggered.connect(lambda: viewer.reset_view(Viewpoint.TOP))
    menus.cube.toggled.connect(viewer.set_shows_cube)
    menus.names.toggled.connect(viewer.set_shows_names)
    if viewer.viewer is None:
        views = (menus.from_camera, menus.from_side, menus.from_above, menus.cube, menus.names, menus.kiosk)
        for action in (toolbar.follow, toolbar.reset, *views, *sights.actions):
            action.setEnabled(False)
