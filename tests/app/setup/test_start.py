"""What the first call of a command decides, with pip, venv and apt-get replaced: nothing is installed here."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app.setup import facts, probes, start
from tests.app.setup.project import add_package, failure_line, make_venv, marker, require

REPOSITORY = facts.ROOT


def test_nothing_happens_where_everything_can_be_imported(project, commands, capsys):
    require(project, "numpy", "pytest==9.*")
    start.ensure("tests", [])
    assert not commands
    assert not (project / ".venv").exists()
    assert capsys.readouterr().err == ""


def test_first_start_makes_the_environment_installs_and_restarts(project, commands, restarted):
    with pytest.raises(restarted):
        start.ensure("run", [])
    assert [step for command in commands for step in ("venv", "install") if step in command] == ["venv", "install"]
    assert marker(project) == "absent==1.0\n"
    assert os.environ.pop(start.RESTARTED) == "1"


def test_second_start_goes_straight_into_the_environment(project, commands, restarted):
    with pytest.raises(restarted):
        start.ensure("run", [])
    os.environ.pop(start.RESTARTED)
    commands.clear()
    with pytest.raises(restarted):
        start.ensure("run", [])
    assert not commands


def test_an_environment_made_by_hand_is_used_as_it_is(project, commands, restarted):
    make_venv(project)
    add_package(project, "absent")
    with pytest.raises(restarted):
        start.ensure("run", ["--no-setup"])
    assert not commands


def test_changed_requirements_are_installed(project, commands, restarted):
    make_venv(project)
    add_package(project, "absent")
    (project / ".venv" / ".setup").write_text("absent==0.9\n")
    with pytest.raises(restarted):
        start.ensure("run", [])
    assert any("install" in command for command in commands)
    assert marker(project) == "absent==1.0\n"


def test_a_comment_in_the_requirements_changes_nothing(project, commands, restarted):
    with pytest.raises(restarted):
        start.ensure("run", [])
    os.environ.pop(start.RESTARTED)
    commands.clear()
    require(project, "# a reason", "absent==1.0  # another")
    assert probes.venv_is_ready("run")


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_an_activated_environment_is_left_alone(project, commands, monkeypatch, capsys, variable):
    monkeypatch.setenv(variable, str(project / "theirs"))
    with pytest.raises(SystemExit) as failed:
        start.ensure("run", [])
    line = failure_line(capsys, failed)
    assert "absent" in line
    assert "pip install -r" in line
    assert not commands


def test_no_setup_installs_nothing_and_is_not_passed_on(project, commands, capsys):
    arguments = ["main.py", "--no-setup", "--headless"]
    with pytest.raises(SystemExit) as failed:
        start.ensure("run", arguments)
    assert "pip install -r" in failure_line(capsys, failed)
    assert arguments == ["main.py", "--headless"]
    assert not commands


def test_set_up_does_not_go_round_in_circles(project, commands, monkeypatch, capsys):
    monkeypatch.setenv(start.RESTARTED, "1")
    with pytest.raises(SystemExit) as failed:
        start.ensure("run", [])
    assert "absent" in failure_line(capsys, failed)
    assert not commands


def test_another_need_completes_the_same_environment(project, commands, restarted):
    """And going back to the first finds it ready."""
    require(project, "absent==1.0", training=["absent_torch==2"])
    for need in ("run", "training", "run"):
        commands.clear()
        with pytest.raises(restarted):
            start.ensure(need, [])
        os.environ.pop(start.RESTARTED, None)
    assert not commands
    assert marker(project) == "absent==1.0\nabsent_torch==2\n"


def test_what_another_need_has_changed_waits_for_that_need(project, commands, restarted):
    require(project, "absent==1.0", training=["absent_torch==2"])
    with pytest.raises(restarted):
        start.ensure("training", [])
    require(project, "absent==1.0", training=["absent_torch==3"])
    assert probes.venv_is_ready("run")
    assert not probes.venv_is_ready("training")


@pytest.mark.parametrize("arguments", [["-m", "--no-setup"], ["-m"]])
def test_where_nothing_may_be_installed_training_goes_on_with_what_is_there(project, commands, monkeypatch, arguments):
    """A machine with a GPU has torch, and no window's or camera's library."""
    if "--no-setup" not in arguments:
        monkeypatch.setenv("VIRTUAL_ENV", str(project / "theirs"))
    start.ensure("training", arguments)
    assert arguments == ["-m"]
    assert not commands


def test_a_program_that_pip_installed_is_left_to_pip(project, commands):
    (project / "requirements.txt").unlink()
    start.ensure("run", [])
    assert not commands


def test_a_command_of_models_asks_for_training_packages_before_it_loads(tmp_path):
    """Seen from outside: the first import of `python -m models.train` is set-up."""
    code = "import sys; sys.argv[0] = '-m'; import app.setup; app.setup.ensure = print; import models"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "training\n"
