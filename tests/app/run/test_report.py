"""The log on the disk, and the report that is made of it: what is needed is in it, what is private is not."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import ExportError
from app.run import report
from app.run.log_file import FAULTS, LARGEST_BYTES, LOG, OLDER_FILES, last_lines, logging_to_file
from app.run.report import HEAD, report_text, without_private, write_report
from app.settings import Options

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reader process is started to ask for cameras, and no library that starts threads."""
    monkeypatch.setattr(report, "_cameras", lambda: ["Intel RealSense D435"])
    monkeypatch.setattr(report, "_inference", lambda: ["ONNX Runtime: none"])


def test_the_log_takes_what_the_terminal_does_not_show(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    with logging_to_file(tmp_path / "new") as path:
        logging.getLogger("app.test").info("opened: demo.bag")
    assert path is not None
    assert path.read_text().rstrip().endswith("INFO app.test: opened: demo.bag")
    logging.getLogger("app.test").info("later")
    assert "later" not in path.read_text()
    assert capfd.readouterr().err == ""


def test_the_log_stays_small(tmp_path: Path):
    with logging_to_file(tmp_path):
        for _ in range(120):
            logging.getLogger("app.test").info("x" * 60_000)
    files = sorted(tmp_path.glob(f"{LOG}*"))
    assert len(files) == 1 + OLDER_FILES
    assert all(file.stat().st_size <= LARGEST_BYTES for file in files)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")
def test_without_a_place_for_it_the_program_runs_without(tmp_path: Path):
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / LOG)
    for folder in (tmp_path / "file" / "x", tmp_path):
        with logging_to_file(folder) as path:
            assert path is None


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_a_crash_leaves_the_stack(tmp_path: Path):
    program = """
import os, signal, sys
from pathlib import Path
from app.run.log_file import logging_to_file
with logging_to_file(Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGSEGV)
"""
    done = subprocess.run([sys.executable, "-c", program, tmp_path], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode < 0
    assert "Segmentation fault" in (tmp_path / FAULTS).read_text()


def test_the_last_lines_of_a_long_log_are_whole(tmp_path: Path):
    (tmp_path / "log").write_text("".join(f"line {number}\n" for number in range(10_000)))
    assert last_lines(tmp_path / "log", 3) == ["line 9997", "line 9998", "line 9999"]
    assert last_lines(tmp_path / "missing", 3) == []


def test_home_user_and_machine_are_left_out():
    text = "INFO /home/anna/films/a.bag of anna, not annabel, on lab-7.example.org (lab-7)\nC:\\Users\\anna\\x"
    clean = without_private(text, home=Path("/home/anna"), user="anna", host="lab-7.example.org")
    assert clean == "INFO ~/films/a.bag of USER, not annabel, on HOST (HOST)\nC:\\Users\\USER\\x"


def test_the_report_has_versions_devices_settings_and_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_machine: None
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("SECRET_TOKEN", "abc123")
    with logging_to_file():
        logging.getLogger("app.test").warning("source lost: %s/films/a.bag", Path.home())
    text = report_text(Options(source=str(Path.home() / "b.bag")))
    assert text.startswith(HEAD)
    wanted = ("numpy ", "ONNX Runtime: ", "D435", "QT_QPA_PLATFORM=offscreen", "source = ~/b.bag")
    for part in (*wanted, "source lost: ~/films/a.bag"):
        assert part in text
    assert "abc123" not in text
    assert str(Path.home()) + "/" not in text


def test_what_is_broken_is_said_and_the_rest_stays(monkeypatch: pytest.MonkeyPatch, quiet_machine: None):
    def broken():
        raise OSError("no driver")

    monkeypatch.setattr(report, "_inference", broken)
    text = report_text(Options())
    assert "not known: OSError('no driver')" in text
    assert "numpy " in text


def test_a_report_replaces_a_report_and_nothing_else(tmp_path: Path, quiet_machine: None):
    path = tmp_path / "new" / "report.txt"
    for _ in range(2):
        write_report(path, Options(), overwrite=False)
    assert path.read_text().startswith(HEAD)
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(ExportError, match="--report"):
        write_report(tmp_path / "diary.txt", Options(), overwrite=False)
    assert (tmp_path / "diary.txt").read_text() == "mine"


def test_the_command_writes_it(tmp_path: Path, run_main):
    done = run_main("--no-setup", "--report", tmp_path / "report.txt")
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("started with --report", "ONNX Runtime: ", "OpenVINO: CPU"):
        assert part in (tmp_path / "report.txt").read_text()
