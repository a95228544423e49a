"""The program, which prints when its window is shown and has its first pose, and then ends: for tests.app.starts."""

from __future__ import annotations

import sys
import time


def _reached(what: str) -> None:
    print("reached", time.monotonic(), time.process_time(), what, flush=True)


def note() -> None:
    """Have the window and its 3D view say what they reach; nothing is loaded that the program would not load."""
    import app.gui.start as start
    from app.gui.window import MainWindow
    from app.viewer.viewer import Viewer

    plain, show, render = MainWindow.show, Viewer.show, Viewer.render
    poses = []

    def noted_window(window: MainWindow) -> None:
        plain(window)
        start.QTimer.singleShot(0, lambda: _reached("window, shown"))

    def noted_show(viewer, frame, pose, *arguments, **options) -> None:
        show(viewer, frame, pose, *arguments, **options)
        poses.append(pose is not None)

    def noted_render(viewer) -> bool:
        drawn = render(viewer)
        if drawn and any(poses):
            poses.clear()
            _reached("window, first pose")
            start.QTimer.singleShot(0, start.QApplication.closeAllWindows)
        return drawn

    MainWindow.show, Viewer.show, Viewer.render = noted_window, noted_show, noted_render


def main() -> int:
    from app.setup import ensure

    ensure("run")
    from app.cli import main as run

    note()
    return run()


if __name__ == "__main__":
    sys.exit(main())
