"""What OpenGL is asked for before the first window: the environment is where Mesa looks for it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

RENDER_NODES = Path("/dev/dri")
_NO = ("", "0", "false")


def spare_the_processor() -> None:
    """Leave out smooth edges where the processor draws: they take two thirds of a picture's time, which poses need.

    open3d always asks for four samples a pixel. Whoever wants them nevertheless sets DRI_NO_MSAA=0. Call before the
    first window is made.
    """
    if sys.platform.startswith("linux") and _processor_draws():
        os.environ.setdefault("DRI_NO_MSAA", "1")


def _processor_draws() -> bool:
    return os.environ.get("LIBGL_ALWAYS_SOFTWARE", "") not in _NO or not any(RENDER_NODES.glob("renderD*"))
