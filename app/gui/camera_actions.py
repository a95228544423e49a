"""The camera panel, connected with the session."""

from __future__ import annotations

from collections.abc import Callable

from app.gui.camera_panel import CameraPanel
from app.gui.session import Session


def connect_camera(
    panel: CameraPanel, session: Session, opens: Callable[[str], None], looks_again: Callable[[], None]
) -> None:
    """Let the panel steer the session. opens: goes over to a source. looks_again: for cameras."""
    panel.source_chosen.connect(opens)
    panel.look_again.connect(looks_again)
    panel.reconnect.connect(session.reopen)
    panel.mode_chosen.connect(session.camera.set_mode)
    panel.filters_chosen.connect(session.camera.set_filters)
    panel.control_chosen.connect(session.camera.set_control)
    panel.range_chosen.connect(lambda near_m, far_m: session.change(near_m=near_m, far_m=far_m))
