"""How `.venv` is made complete, with pip, venv and apt-get replaced: nothing is installed here."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from app.setup import commands as setup_commands
from app.setup import facts, install, probes, start, system
from app.setup.errors import SetupError
from tests.app.setup.project import failure_line, make_venv, marker, require, site_packages


def test_a_package_that_pip_leaves_out_is_an_error(project, commands, capsys):
    require(project, "absent", "never_there")
    with pytest.raises(SystemExit) as failed:
        start.ensure("run", [])
    assert "never_there" in failure_line(capsys, failed)
    assert marker(project) == install.UNFINISHED


def test_interrupting_ends_with_130_and_the_next_start_goes_on(project, commands, restarted, monkeypatch, capsys):
    succeed = setup_commands.run_command

    def interrupt(command, lock, on_lines=None):
        if "install" in command:
            raise KeyboardInterrupt
        return succeed(command, lock, on_lines)

    monkeypatch.setattr(setup_commands, "run_command", interrupt)
    with pytest.raises(SystemExit) as stopped:
        start.ensure("run", [])
    assert stopped.value.code == 130
    assert "interrupted" in capsys.readouterr().err
    assert not probes.venv_is_ready("run")

    monkeypatch.setattr(setup_commands, "run_command", succeed)
    with pytest.raises(restarted):
        start.ensure("run", [])
    assert probes.venv_is_ready("run")


def test_a_half_installed_package_is_installed_again(project, commands, restarted):
    make_venv(project)
    whole, half = site_packages(project) / "whole-1.dist-info", site_packages(project) / "half-1.dist-info"
    for folder in (whole, half):
        folder.mkdir()
        (folder / "METADATA").touch()
    (whole / "INSTALLER").touch()
    with pytest.raises(restarted):
        start.ensure("run", [])
    assert whole.exists()
    assert not half.exists()


def test_an_environment_whose_python_is_gone_is_made_again(project, commands, restarted, monkeypatch):
    make_venv(project)
    Path(facts.venv_python()).unlink()
    with pytest.raises(restarted):
        start.ensure("run", [])
    assert any("venv" in command for command in commands)


def test_a_broken_environment_is_cleared_as_the_last_resort(project, commands, restarted, monkeypatch):
    succeed = setup_commands.run_command

    def until_cleared(command, lock, on_lines=None):
        succeed(command, lock, on_lines)
        return 1 if "import pip" in command and not any("--clear" in c for c in commands) else 0

    monkeypatch.setattr(setup_commands, "run_command", until_cleared)
    with pytest.raises(restarted):
        start.ensure("run", [])
    assert [("--clear" in command) for command in commands if "venv" in command] == [False, True]


def test_a_python_without_venv_names_the_one_line_to_run(project, commands, monkeypatch, capsys):
    find = install.importlib.util.find_spec
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    monkeypatch.setattr(probes, "SYSTEM_LIBRARIES", {"libabsent.so.1": "libabsent1"})
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(SystemExit) as failed:
        start.ensure("run", [])
    line = failure_line(capsys, failed)
    assert f"sudo apt-get install libabsent1 python3.{sys.version_info[1]}-venv" in line
    assert not commands


def test_without_root_missing_libraries_are_named_in_one_line_and_set_up_goes_on(
    project, commands, restarted, monkeypatch, capsys
):
    monkeypatch.setattr(probes, "SYSTEM_LIBRARIES", {"liba-absent.so.1": "liba1", "libb-absent.so.1": "libb1"})
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(restarted):
        start.ensure("run", [])
    printed = [line for line in capsys.readouterr().err.splitlines() if "apt-get" in line]
    assert len(printed) == 1
    assert printed[0].endswith("sudo apt-get install liba1 libb1")
    assert not any("apt-get" in command for command in commands)


@pytest.mark.parametrize("allowed_by", ["CI", facts.SYSTEM_PACKAGES])
def test_root_who_allows_it_gets_missing_libraries_installed(project, commands, restarted, monkeypatch, allowed_by):
    monkeypatch.setenv(allowed_by, "true")
    monkeypatch.setattr(probes, "SYSTEM_LIBRARIES", {"liba-absent.so.1": "liba1"})
    monkeypatch.setattr(facts, "is_root", lambda: True)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(restarted):
        start.ensure("run", [])
    apt = [command for command in commands if command[0] == "apt-get"]
    assert ["update" in command for command in apt] == [True, False]
    assert apt[1][-1] == "liba1"


@pytest.fixture
def unasked_root(monkeypatch):
    """Root on a Linux that lacks a library, with nobody there to be asked."""
    monkeypatch.setattr(probes, "SYSTEM_LIBRARIES", {"liba-absent.so.1": "liba1"})
    monkeypatch.setattr(facts, "is_root", lambda: True)
    monkeypatch.setattr(facts, "is_on_terminal", lambda: False)
    monkeypatch.setattr(sys, "platform", "linux")


def test_root_is_not_taken_for_consent(project, commands, restarted, unasked_root, capsys):
    with pytest.raises(restarted):
        start.ensure("run", [])
    assert not any(command[0] == "apt-get" for command in commands)
    said = capsys.readouterr().err
    assert "sudo apt-get install liba1" in said
    assert f"{facts.SYSTEM_PACKAGES}=1" in said


@pytest.mark.parametrize(
    ("answer", "installs"), [("\n", True), ("y\n", True), ("n\n", False), ("", False), ("what\n", False)]
)
def test_root_on_a_terminal_is_asked(project, commands, restarted, monkeypatch, capsys, answer, installs):
    monkeypatch.setattr(probes, "SYSTEM_LIBRARIES", {"liba-absent.so.1": "liba1"})
    monkeypatch.setattr(facts, "is_root", lambda: True)
    monkeypatch.setattr(facts, "is_on_terminal", lambda: True)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    with pytest.raises(restarted):
        start.ensure("run", [])
    assert any(command[0] == "apt-get" for command in commands) == installs
    assert "Install with apt-get: liba1? [Y/n]" in capsys.readouterr().err


def test_what_the_program_needs_is_installed_by_its_hashes_first(project, commands, restarted):
    (project / "requirements.lock").write_text("absent==1.0 --hash=sha256:00\n")
    with pytest.raises(restarted):
        start.ensure("run", [])
    first, second = [command for command in commands if "install" in command and "pip" in command]
    assert first[-3:] == ["--require-hashes", "-r", facts.LOCKED]
    assert second[-1] == "absent==1.0"


def test_libraries_missing_beside_a_complete_environment_are_tried_once(project, commands, monkeypatch, capsys):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(facts, "is_root", lambda: True)
    make_venv(project)
    system.complete_system(["liba1"], may_install=True)
    system.complete_system(["liba1"], may_install=True)
    assert sum("install" in command for command in commands) == 1
    assert "sudo apt-get install liba1" in capsys.readouterr().err


def test_who_was_not_asked_may_allow_it_later(project, commands, restarted, unasked_root, monkeypatch):
    with pytest.raises(restarted):
        start.ensure("run", [])
    system.complete_system(["liba1"], may_install=True)
    assert not any(command[0] == "apt-get" for command in commands)
    monkeypatch.setenv(facts.SYSTEM_PACKAGES, "1")
    system.complete_system(["liba1"], may_install=True)
    assert any(command[0] == "apt-get" for command in commands)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("WARNING: Retrying (Retry(total=4)) after NewConnectionError: Network is unreachable", "network connection"),
        ("ERROR: HTTPSConnectionPool: Max retries exceeded with url: /simple/absent", "network connection"),
        ("ERROR: Could not find a version that satisfies absent (from versions: none)", "from versions: none"),
        ("ERROR: [Errno 28] No space left on device", "No space left"),
    ],
)
def test_pip_failing_is_told_in_one_line(project, commands, monkeypatch, capsys, said, expected):
    succeed = setup_commands.run_command

    def fail(command, lock, on_lines=None):
        if "install" not in command:
            return succeed(command, lock, on_lines)
        on_lines([said])
        return 1

    monkeypatch.setattr(setup_commands, "run_command", fail)
    with pytest.raises(SystemExit) as failed:
        start.ensure("run", [])
    line = failure_line(capsys, failed)
    assert expected in line
    assert "run the same command again" in line


def test_a_python_too_new_for_the_packages_looks_for_an_older_one(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    monkeypatch.setattr(facts, "find_program", {"python3.11": "/usr/bin/python3.11"}.get)
    assert install._base_python() == "/usr/bin/python3.11"
    monkeypatch.setattr(facts, "find_program", lambda name: None)
    with pytest.raises(SetupError, match=r"this is Python 3\.99"):
        install._base_python()


@pytest.mark.skipif(os.name == "nt", reason="Windows knows the interpreter below an environment by itself")
def test_an_environment_is_made_with_the_interpreter_below_the_one_that_runs(monkeypatch, tmp_path):
    (tmp_path / "python").symlink_to(os.path.realpath(sys.executable))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "elsewhere"))
    assert install._base_python() == os.path.realpath(sys.executable)


def test_a_folder_that_cannot_be_written_is_told_in_one_line(project, commands, monkeypatch, capsys):
    monkeypatch.setattr(facts, "LOCK", str(project / "not" / ".venv.lock"))
    with pytest.raises(SystemExit) as failed:
        start.ensure("run", [])
    assert ".venv.lock" in failure_line(capsys, failed)
