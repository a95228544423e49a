"""Fixtures of set-up: a project of its own, and pip, venv and apt-get replaced."""

from __future__ import annotations

import sys

import pytest

from app.setup import commands as setup_commands
from app.setup import facts, probes, start
from tests.app.setup.project import add_package, make_venv, require


class Restarted(BaseException):
    """Stands for the new process: what would follow does not run in this one."""


@pytest.fixture
def restarted():
    """What is raised in place of a restart."""
    return Restarted


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project that needs `absent`, seen from a Python of no environment; commands are recorded, not run."""
    monkeypatch.setattr(facts, "ROOT", str(tmp_path))
    monkeypatch.setattr(facts, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(facts, "MARKER", str(tmp_path / ".venv" / ".setup"))
    monkeypatch.setattr(facts, "SYSTEM_TRIED", str(tmp_path / ".venv" / ".system-packages"))
    monkeypatch.setattr(facts, "REQUIREMENTS", str(tmp_path / "requirements.txt"))
    monkeypatch.setattr(facts, "LOCKED", str(tmp_path / "requirements.lock"))
    monkeypatch.setattr(facts, "LOCK", str(tmp_path / ".venv.lock"))
    monkeypatch.setattr(facts, "LOG", str(tmp_path / ".venv.log"))
    monkeypatch.setattr(facts, "find_program", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(facts, "is_root", lambda: False)
    monkeypatch.setattr(facts, "has_nvidia_driver", lambda: False)
    monkeypatch.setattr(probes, "SYSTEM_LIBRARIES", {})
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "CI", facts.SYSTEM_PACKAGES, start.RESTARTED):
        monkeypatch.setenv(name, "")  # so that it is put back even if it was not set
        monkeypatch.delenv(name)
    require(tmp_path, "absent==1.0")

    def restart():
        raise Restarted

    monkeypatch.setattr(start, "_restart", restart)
    return tmp_path


@pytest.fixture
def commands(project, monkeypatch):
    """The commands that set-up runs, in order; they succeed, and pip puts what is named `absent...` in its place."""
    ran = []

    def run(command, lock, on_lines=lambda lines: None):
        ran.append(command)
        if "venv" in command:
            make_venv(project)
        if "install" in command and "pip" in command:
            for requirement in command:
                if requirement.startswith("absent"):
                    add_package(project, requirement.partition("==")[0])
        return 0

    monkeypatch.setattr(setup_commands, "run_command", run)
    return ran
