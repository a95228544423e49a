"""The little of Xlib that is needed beside Qt: does the display open, which window has a title, was it exposed."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections.abc import Iterator
from contextlib import contextmanager

_ErrorHandler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_WindowList = ctypes.POINTER(ctypes.c_ulong)
_EXPOSURE_MASK, _EXPOSE = 1 << 15, 12
_EVENT_LONGS = 24  # an XEvent's size
_SHAPE_SET, _SHAPE_INPUT, _UNSORTED = 0, 2, 0


def _xlib() -> ctypes.CDLL | None:
    """libX11 with the signatures of what is called here; None where it is not installed."""
    try:
        lib = ctypes.CDLL("libX11.so.6")
    except OSError:
        return None
    lib.XOpenDisplay.restype = ctypes.c_void_p
    lib.XOpenDisplay.argtypes = [ctypes.c_char_p]
    lib.XCloseDisplay.argtypes = [ctypes.c_void_p]
    lib.XDefaultRootWindow.restype = ctypes.c_ulong
    lib.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
    lib.XSetErrorHandler.restype = ctypes.c_void_p
    lib.XSetErrorHandler.argtypes = [ctypes.c_void_p]
    lib.XFree.argtypes = [ctypes.c_void_p]
    lib.XFetchName.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.POINTER(ctypes.c_void_p)]
    id_out = ctypes.POINTER(ctypes.c_ulong)
    lib.XQueryTree.argtypes = [
        ctypes.c_void_p, ctypes.c_ulong, id_out, id_out, ctypes.POINTER(_WindowList), ctypes.POINTER(ctypes.c_uint),
    ]  # fmt: skip
    lib.XSelectInput.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_long]
    lib.XPending.argtypes = [ctypes.c_void_p]
    lib.XNextEvent.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    lib.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return lib


def display_opens(name: str | None = None) -> bool:
    """Whether the X display (default: $DISPLAY) accepts a connection. Qt would abort the process instead of saying.

    The connection stays open until the process ends: a bare X server starts over when its last client leaves, and
    would then refuse Qt for a moment.
    """
    lib = _xlib()
    name = os.environ.get("DISPLAY", "") if name is None else name
    if lib is None or not name:
        return False
    return bool(lib.XOpenDisplay(name.encode()))


def window_by_title(title: str) -> int | None:
    """X id of the window whose title is exactly `title`, searched from the root downwards; None without one."""
    lib = _xlib()
    display = lib.XOpenDisplay(None) if lib is not None else None
    if lib is None or not display:
        return None
    try:
        with _errors_ignored(lib):
            return _search(lib, display, lib.XDefaultRootWindow(display), title.encode())
    finally:
        lib.XCloseDisplay(display)


def let_input_through(window: int) -> bool:
    """Mouse, keys and drops go to the window behind `window` (an X id) from now on; False where X cannot do that."""
    lib = _xlib()
    display = lib.XOpenDisplay(None) if lib is not None else None
    if lib is None or not display:
        return False
    try:
        shape = ctypes.CDLL("libXext.so.6").XShapeCombineRectangles
        shape.argtypes = [
            ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_int, ctypes.c_int,
            ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int,
        ]  # fmt: skip
        shape(display, window, _SHAPE_INPUT, 0, 0, None, 0, _SHAPE_SET, _UNSORTED)
        lib.XSync(display, 0)
    except (OSError, AttributeError):
        return False
    finally:
        lib.XCloseDisplay(display)
    return True


class ExposureWatch:
    """Tells when a part of a window has come to light again: what lay over it, such as a menu, is gone.

    It has a connection of its own to the X server, until `close`, which may be called twice. One thread may use it.
    """

    def __init__(self, window: int) -> None:
        self._lib = _xlib()
        self._display = self._lib.XOpenDisplay(None) if self._lib is not None else None
        self._event = (ctypes.c_long * _EVENT_LONGS)()
        if self._lib is not None and self._display:
            self._lib.XSelectInput(self._display, window, _EXPOSURE_MASK)
            self._lib.XSync(self._display, 0)

    def exposed(self) -> bool:
        """Whether that happened since the last call. Returns at once."""
        if self._lib is None or not self._display:
            return False
        found = False
        while self._lib.XPending(self._display):
            self._lib.XNextEvent(self._display, ctypes.byref(self._event))
            found = found or ctypes.c_int.from_buffer(self._event).value == _EXPOSE
        return found

    def close(self) -> None:
        display, self._display = self._display, None
        if self._lib is not None and display:
            self._lib.XCloseDisplay(display)


@contextmanager
def _errors_ignored(lib: ctypes.CDLL) -> Iterator[None]:
    # Other programs' windows vanish while the tree is walked; Xlib's own handler would end the process.
    handler = _ErrorHandler(lambda _display, _event: 0)
    previous = lib.XSetErrorHandler(ctypes.cast(handler, ctypes.c_void_p))
    try:
        yield
    finally:
        lib.XSetErrorHandler(previous)


def _search(lib: ctypes.CDLL, display: int, window: int, title: bytes) -> int | None:
    name = ctypes.c_void_p()
    if lib.XFetchName(display, window, ctypes.byref(name)) and name.value:
        found = ctypes.string_at(name.value) == title
        lib.XFree(name)
        if found:
            return window
    for child in _children(lib, display, window):
        hit = _search(lib, display, child, title)
        if hit is not None:
            return hit
    return None


def _children(lib: ctypes.CDLL, display: int, window: int) -> list[int]:
    root, parent, count, windows = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_uint(), _WindowList()
    answered = lib.XQueryTree(
        display, window, ctypes.byref(root), ctypes.byref(parent), ctypes.byref(windows), ctypes.byref(count)
    )
    if not answered or not windows:
        return []
    children = [int(windows[i]) for i in range(count.value)]
    lib.XFree(windows)
    return children
