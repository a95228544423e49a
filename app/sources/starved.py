"""How long a process wanted to run and got no processor: on a busy machine it is slow, and not stuck."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
NANOSECOND = 1e-9


def starved_s(pid: int) -> float:
    """Seconds since its start for which its threads stood in the queue of a processor, all together.

    From Linux's /proc/PID/task/TID/schedstat, whose second number it is (Documentation/scheduler/sched-stats). 0 on
    other systems, and of a process that has ended.
    """
    total_s = 0.0
    with suppress(OSError):
        for thread in (PROCESSES / str(pid) / "task").iterdir():
            with suppress(OSError, ValueError, IndexError):  # a thread may end meanwhile
                total_s += NANOSECOND * int((thread / "schedstat").read_text().split()[1])
    return total_s
