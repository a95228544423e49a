"""open3d, without what it has for browsers, which is two thirds of the time that importing it takes."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

__all__ = ["o3d"]


def _imported() -> Any:
    name = "open3d.visualization.draw_plotly"
    browsers = ModuleType(name)
    for function in ("get_plotly_fig", "draw_plotly", "draw_plotly_server"):
        setattr(browsers, function, None)
    is_first = sys.modules.setdefault(name, browsers) is browsers
    try:
        import open3d
    finally:
        if is_first:
            del sys.modules[name]
    return open3d


o3d = _imported()
