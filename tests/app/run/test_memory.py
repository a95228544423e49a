"""Memory that was really taken is seen, and what was freed goes back to the system."""

from __future__ import annotations

import platform

import numpy as np
import pytest

from app.run.memory import give_back_memory, peak_memory_mib
from tests.reliability.own import own

pytest.importorskip("resource")


def test_the_peak_grows_by_what_is_taken_and_stays():
    before = peak_memory_mib()
    size = int(before * (1 << 20)) + (64 << 20)  # more than was ever resident, so that the peak has to move
    taken = np.ones(size, dtype=np.uint8)
    after = peak_memory_mib()
    assert after >= taken.nbytes / (1 << 20)
    del taken
    assert peak_memory_mib() >= after


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
def test_what_lies_free_between_things_in_use_is_given_back():
    kept = [bytes(64 << 10) for _ in range(1024)]  # 64 MiB
    last = bytes(64 << 10)  # above them, so that the heap cannot shrink by itself
    taken = own().resident_mib
    kept.clear()
    give_back_memory()
    assert taken - own().resident_mib > 32, "half of the 64 MiB"
    assert len(last)
