"""A process ends with its status and its words, whatever goes on beside it."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from app.beside import KeptThread

PROGRAM = """
import threading
from app.beside import leave
if {beside}:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
print("said", end="")
leave({status})
"""


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("status", [0, 130])
def test_a_process_ends_with_its_status_and_its_words(beside: bool, status: int):
    program = PROGRAM.format(beside=beside, status=status)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (status, "said", "")


def test_a_kept_thread_does_one_work_after_the_other():
    kept = KeptThread("kept")
    assert "kept" not in {thread.name for thread in threading.enumerate()}
    done = [kept.does(lambda: threading.current_thread()) for _ in range(3)]
    threads = {future.result(10) for future in done}
    assert [(thread.name, thread.daemon) for thread in threads] == [("kept", True)]


def test_a_kept_thread_goes_on_after_an_error():
    kept = KeptThread("kept")
    failed, fine = kept.does(lambda: 1 // 0), kept.does(lambda: "fine")
    assert isinstance(failed.exception(10), ZeroDivisionError)
    assert fine.result(10) == "fine"
