"""The little of Xlib that is needed beside Qt: can the display be opened, and which window has this title."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections.abc import Iterator
from contextlib import contextmanager

_ErrorHandler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_WindowList = ctypes.POINTER(ctypes.c_ulong)


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
