"""What a command printed gets out, or one line says that it could not."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from models.command import run_command

ROOT = Path(__file__).resolve().parents[2]


def work(text: str, status: int = 0) -> Callable[[], int]:
    def done() -> int:
        print(text)
        return status

    return done


@pytest.mark.parametrize("text", ["a few words", "more than a buffer holds\n" * 5000], ids=["at the end", "meanwhile"])
def test_a_full_disk_is_one_line_and_status_1(capsys, text):
    with open("/dev/full", "w") as full, redirect_stdout(full):
        assert run_command("models.x", work(text)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "models.x: standard output cannot be written: No space left on device; send it elsewhere"


def test_a_command_that_failed_has_said_why_already(capsys):
    with open("/dev/full", "w") as full, redirect_stdout(full):
        assert run_command("models.x", work("a few words", status=1)) == 1
    assert capsys.readouterr().err == ""


def test_a_reader_that_has_gone_is_no_error_to_speak_of(capsys):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe, redirect_stdout(pipe):
        assert run_command("models.x", work("a few words")) == 1
    assert capsys.readouterr().err == ""


def test_other_errors_stay_errors():
    def fail() -> int:
        raise FileNotFoundError(2, "No such file", "x")

    with pytest.raises(FileNotFoundError):
        run_command("models.x", fail)


def test_every_command_ends_so():
    commands = [path for name in ("app", "models") for path in (ROOT / name).rglob("*.py")]
    tail = re.compile(r'^if __name__ == "__main__":\n((?:    .*\n)+)', re.MULTILINE)
    tails = {path: tail.findall(path.read_text()) for path in commands}
    assert [str(path) for path, tail in tails.items() if tail and "run_command(" not in tail[0]] == []
    assert sum(map(bool, tails.values())) > 9
