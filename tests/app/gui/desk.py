"""A person's hand on mouse and keyboard: events that the X server itself makes (XTest), as for any program."""

from __future__ import annotations

import ctypes

BUTTONS = {"left": 1, "middle": 2, "right": 3, "wheel up": 4, "wheel down": 5}


class Desk:
    """Moves the pointer of $DISPLAY and presses buttons and keys. Raises OSError where XTest is not installed."""

    def __init__(self) -> None:
        self._x, self._test = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XStringToKeysym.restype = ctypes.c_ulong
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(None))

    def move(self, x: float, y: float) -> None:
        """To a place on the screen, in its own pixels."""
        self._test.XTestFakeMotionEvent(self._display, -1, round(x), round(y), ctypes.c_ulong(0))
        self._flush()

    def button(self, name: str, pressed: bool) -> None:
        self._test.XTestFakeButtonEvent(self._display, BUTTONS[name], int(pressed), ctypes.c_ulong(0))
        self._flush()

    def click(self, x: float, y: float, name: str = "left") -> None:
        self.move(x, y)
        self.button(name, True)
        self.button(name, False)

    def key(self, *names: str) -> None:
        """Press keys together, by their X names ("space", "Tab", "Control_L", "o"), and let them go."""
        codes = [self._code(name) for name in names]
        for code in codes:
            self._test.XTestFakeKeyEvent(self._display, code, 1, ctypes.c_ulong(0))
        for code in reversed(codes):
            self._test.XTestFakeKeyEvent(self._display, code, 0, ctypes.c_ulong(0))
        self._flush()

    def _code(self, name: str) -> int:
        symbol = ctypes.c_ulong(self._x.XStringToKeysym(name.encode()))
        return int(self._x.XKeysymToKeycode(self._display, symbol))

    def _flush(self) -> None:
        self._x.XSync(self._display, 0)
