"""Ctrl-C while the program loads. Standard library only: it is asked for before anything else is there."""

from __future__ import annotations

import os
import signal
from typing import Any

INTERRUPTED = 130


def end_at_ctrl_c() -> Any:
    """Let Ctrl-C end the process at once from now on; what it did before, as signal.signal gives it.

    While libraries load nothing is lost by it. An exception within an import may be lost itself, and then the program
    would go on; some libraries answer one with pages of text.
    """
    return signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(INTERRUPTED))
