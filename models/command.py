"""The end of a command: what it has printed must get out, or one line says that it could not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def run_command(name: str, work: Callable[[], int]) -> int:
    """Do `work`, then write out what it printed; its exit status, or 1 where standard output takes no more.

    A full disk is one line on stderr. A reader that has gone, `head` for one, has enough: nothing is said.
    """
    status: int | None = None
    try:
        status = work()
        sys.stdout.flush()
    except OSError as error:
        if _takes_output():
            raise
        # Python would write the rest again while it shuts down, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError) and status in (None, 0):
            reason = error.strerror or error
            print(f"{name}: standard output cannot be written: {reason}; send it elsewhere", file=sys.stderr)
        return 1
    return status


def _takes_output() -> bool:
    """Does one more line get out? What failed to may be gone from the buffer."""
    try:
        print(flush=True)
    except OSError:
        return False
    return True
