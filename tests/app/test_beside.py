"""A process ends with its status and its words, whatever goes on beside it."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
