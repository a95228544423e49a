"""What set-up decides, with pip, venv and apt-get replaced: nothing is installed here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app import bootstrap, installer

REPOSITORY = Path(bootstrap.ROOT)


class Restarted(BaseException):
    """Stands for the new process: what would follow does not run in this one."""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project that needs `absent`, seen from a Python of no environment; commands are recorded, not run."""
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    monkeypatch.setattr(bootstrap, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(bootstrap, "MARKER", str(tmp_path / ".venv" / ".setup"))
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", str(tmp_path / "requirements.txt"))
    monkeypatch.setattr(bootstrap, "SYSTEM_LIBRARIES", {})
    monkeypatch.setattr(bootstrap, "find_program", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(installer, "is_root", lambda: False)
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", bootstrap.RESTARTED):
        monkeypatch.setenv(name, "")  # so that it is put back even if it was not set
        monkeypatch.delenv(name)
    require(tmp_path, "absent==1.0")

    def restart():
        raise Restarted

    monkeypatch.setattr(bootstrap, "_restart", restart)
    return tmp_path


@pytest.fixture
def commands(project, monkeypatch):
    """The commands that set-up runs, in order; they succeed, and pip puts `absent` in its place."""
    ran = []

    def run(command, lock, on_error_line=None):
        ran.append(command)
        if "venv" in command:
            make_venv(project)
        if "install" in command and "pip" in command:
            add_package(project, "absent")
        return 0

    monkeypatch.setattr(installer, "run_command", run)
    return ran


def require(project, *lines):
    (project / "requirements.txt").write_text("\n".join(["# pins", *lines, ""]))


def make_venv(project):
    for folder in (Path(bootstrap.venv_python()).parent, site_packages(project)):
        folder.mkdir(parents=True, exist_ok=True)
    Path(bootstrap.venv_python()).touch()


def site_packages(project):
    return project / ".venv" / ("Lib/site-packages" if os.name == "nt" else "lib/python3.11/site-packages")


def add_package(project, name):
    (site_packages(project) / name).mkdir(exist_ok=True)
    (site_packages(project) / name / "__init__.py").touch()


def failure_line(capsys, failed):
    """The one line that a failed set-up ends with."""
    assert failed.value.code not in (None, 0)
    line = str(failed.value.code)
    assert "\n" not in line
    assert "Traceback" not in capsys.readouterr().err
    return line


def test_nothing_happens_where_everything_can_be_imported(project, commands, capsys):
    require(project, "numpy", "pytest==9.*")
    bootstrap.ensure("tests", [])
    assert not commands
    assert not (project / ".venv").exists()
    assert capsys.readouterr().err == ""


def test_packages_are_looked_for_without_being_imported(project):
    require(project, "this")  # importing it would print a poem
    loaded = "this" in sys.modules
    assert bootstrap.missing_packages("app") == []
    assert ("this" in sys.modules) == loaded


def test_test_tools_are_needed_for_tests_only(project, monkeypatch):
    monkeypatch.setattr(bootstrap, "TEST_PACKAGES", ("absent",))
    assert bootstrap.missing_packages("app") == []
    assert bootstrap.missing_packages("tests") == ["absent"]


def test_a_folder_that_a_removal_left_behind_counts_as_missing(project, monkeypatch):
    (project / "path" / "absent" / "__pycache__").mkdir(parents=True)
    monkeypatch.syspath_prepend(project / "path")
    assert bootstrap.missing_packages("app") == ["absent"]


def test_a_package_without_init_file_counts_as_there(project, monkeypatch):
    """rosbags is one."""
    part = project / "path" / "absent" / "part"
    part.mkdir(parents=True)
    (part / "__init__.py").touch()
    monkeypatch.syspath_prepend(project / "path")
    assert bootstrap.missing_packages("app") == []
    assert bootstrap.missing_packages("app", [str(project / "path")]) == []


def test_the_packages_of_this_run_are_all_found():
    """Each name of requirements.txt leads to the right module, or set-up would never be complete."""
    assert bootstrap.missing_packages("tests") == []


def test_every_requirement_is_understood():
    for line in (REPOSITORY / "requirements.txt").read_text().splitlines():
        bootstrap.applies(line.split("#")[0].partition(";")[2])


def test_camera_library_is_not_asked_for_where_it_has_no_wheel(project, monkeypatch):
    require(project, 'pyrealsense_absent==2; sys_platform != "darwin"', 'other_absent; python_version < "3.0"')
    assert bootstrap.missing_packages("app") == ["pyrealsense_absent"]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert bootstrap.missing_packages("app") == []


def test_an_unknown_marker_is_refused():
    with pytest.raises(ValueError, match="os_name"):
        bootstrap.applies("os_name == 'nt'")


def test_first_start_makes_the_environment_installs_and_restarts(project, commands):
    with pytest.raises(Restarted):
        bootstrap.ensure("app", [])
    assert [step for command in commands for step in ("venv", "install") if step in command] == ["venv", "install"]
    assert (project / ".venv" / ".setup").read_text() == "absent==1.0\n"
    assert os.environ.pop(bootstrap.RESTARTED) == "1"


def test_second_start_goes_straight_into_the_environment(project, commands):
    with pytest.raises(Restarted):
        bootstrap.ensure("app", [])
    os.environ.pop(bootstrap.RESTARTED)
    commands.clear()
    with pytest.raises(Restarted):
        bootstrap.ensure("app", [])
    assert not commands


def test_an_environment_made_by_hand_is_used_as_it_is(project, commands):
    make_venv(project)
    add_package(project, "absent")
    with pytest.raises(Restarted):
        bootstrap.ensure("app", ["--no-setup"])
    assert not commands


def test_changed_requirements_are_installed(project, commands):
    make_venv(project)
    add_package(project, "absent")
    (project / ".venv" / ".setup").write_text("absent==0.9\n")
    with pytest.raises(Restarted):
        bootstrap.ensure("app", [])
    assert any("install" in command for command in commands)
    assert (project / ".venv" / ".setup").read_text() == "absent==1.0\n"


def test_a_comment_in_the_requirements_changes_nothing(project, commands):
    with pytest.raises(Restarted):
        bootstrap.ensure("app", [])
    os.environ.pop(bootstrap.RESTARTED)
    commands.clear()
    require(project, "# a reason", "absent==1.0  # another")
    assert bootstrap.venv_is_ready("app")


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_an_activated_environment_is_left_alone(project, commands, monkeypatch, capsys, variable):
    monkeypatch.setenv(variable, str(project / "theirs"))
    with pytest.raises(SystemExit) as failed:
        bootstrap.ensure("app", [])
    line = failure_line(capsys, failed)
    assert "absent" in line
    assert "pip install -r" in line
    assert not commands


def test_no_setup_installs_nothing_and_is_not_passed_on(project, commands, capsys):
    arguments = ["main.py", "--no-setup", "--headless"]
    with pytest.raises(SystemExit) as failed:
        bootstrap.ensure("app", arguments)
    assert "pip install -r" in failure_line(capsys, failed)
    assert arguments == ["main.py", "--headless"]
    assert not commands


def test_set_up_does_not_go_round_in_circles(project, commands, monkeypatch, capsys):
    monkeypatch.setenv(bootstrap.RESTARTED, "1")
    with pytest.raises(SystemExit) as failed:
        bootstrap.ensure("app", [])
    assert "absent" in failure_line(capsys, failed)
    assert not commands


def test_a_package_that_pip_leaves_out_is_an_error(project, commands, capsys):
    require(project, "absent", "never_there")
    with pytest.raises(SystemExit) as failed:
        bootstrap.ensure("app", [])
    assert "never_there" in failure_line(capsys, failed)
    assert (project / ".venv" / ".setup").read_text() == installer.UNFINISHED


def test_interrupting_ends_with_130_and_the_next_start_goes_on(project, commands, monkeypatch, capsys):
    succeed = installer.run_command

    def interrupt(command, lock, on_error_line=None):
        if "install" in command:
            raise KeyboardInterrupt
        return succeed(command, lock, on_error_line)

    monkeypatch.setattr(installer, "run_command", interrupt)
    with pytest.raises(SystemExit) as stopped:
        bootstrap.ensure("app", [])
    assert stopped.value.code == 130
    assert "interrupted" in capsys.readouterr().err
    assert not bootstrap.venv_is_ready("app")

    monkeypatch.setattr(installer, "run_command", succeed)
    with pytest.raises(Restarted):
        bootstrap.ensure("app", [])
    assert bootstrap.venv_is_ready("app")


def test_a_half_installed_package_is_installed_again(project, commands):
    make_venv(project)
    whole, half = site_packages(project) / "whole-1.dist-info", site_packages(project) / "half-1.dist-info"
    for folder in (whole, half):
        folder.mkdir()
        (folder / "METADATA").touch()
    (whole / "INSTALLER").touch()
    with pytest.raises(Restarted):
        bootstrap.ensure("app", [])
    assert whole.exists()
    assert not half.exists()


def test_an_environment_whose_python_is_gone_is_made_again(project, commands, monkeypatch):
    make_venv(project)
    Path(bootstrap.venv_python()).unlink()
    with pytest.raises(Restarted):
        bootstrap.ensure("app", [])
    assert any("venv" in command for command in commands)


def test_a_broken_environment_is_cleared_as_the_last_resort(project, commands, monkeypatch):
    succeed = installer.run_command

    def until_cleared(command, lock, on_error_line=None):
        succeed(command, lock, on_error_line)
        return 1 if "import pip" in command and not any("--clear" in c for c in commands) else 0

    monkeypatch.setattr(installer, "run_command", until_cleared)
    with pytest.raises(Restarted):
        bootstrap.ensure("app", [])
    assert [("--clear" in command) for command in commands if "venv" in command] == [False, True]


def test_a_python_without_venv_names_the_one_line_to_run(project, commands, monkeypatch, capsys):
    find = installer.importlib.util.find_spec
    monkeypatch.setattr(installer.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    monkeypatch.setattr(bootstrap, "SYSTEM_LIBRARIES", {"libabsent.so.1": "libabsent1"})
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(SystemExit) as failed:
        bootstrap.ensure("app", [])
    line = failure_line(capsys, failed)
    assert f"sudo apt-get install libabsent1 python3.{sys.version_info[1]}-venv" in line
    assert not commands


def test_without_root_missing_libraries_are_named_in_one_line_and_set_up_goes_on(
    project, commands, monkeypatch, capsys
):
    monkeypatch.setattr(bootstrap, "SYSTEM_LIBRARIES", {"liba-absent.so.1": "liba1", "libb-absent.so.1": "libb1"})
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(Restarted):
        bootstrap.ensure("app", [])
    printed = [line for line in capsys.readouterr().err.splitlines() if "apt-get" in line]
    assert len(printed) == 1
    assert printed[0].endswith("sudo apt-get install liba1 libb1")
    assert not any("apt-get" in command for command in commands)


def test_root_gets_missing_libraries_installed(project, commands, monkeypatch):
    monkeypatch.setattr(bootstrap, "SYSTEM_LIBRARIES", {"liba-absent.so.1": "liba1"})
    monkeypatch.setattr(installer, "is_root", lambda: True)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(Restarted):
        bootstrap.ensure("app", [])
    apt = [command for command in commands if command[0] == "apt-get"]
    assert ["update" in command for command in apt] == [True, False]
    assert apt[1][-1] == "liba1"


def test_libraries_missing_beside_a_complete_environment_are_tried_once(project, commands, monkeypatch, capsys):
    monkeypatch.setattr(installer, "is_root", lambda: True)
    make_venv(project)
    installer.complete_system(["liba1"], may_install=True)
    installer.complete_system(["liba1"], may_install=True)
    assert sum("install" in command for command in commands) == 1
    assert "sudo apt-get install liba1" in capsys.readouterr().err


def test_a_library_that_is_there_is_not_reported(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(bootstrap, "SYSTEM_LIBRARIES", {"libc.so.6": "libc6", "libabsent.so.9": "libabsent9"})
    if not Path("/proc/self/maps").exists():
        pytest.skip("no Linux")
    assert bootstrap.missing_system_packages("app") == ["libabsent9"]


def test_tests_want_a_virtual_display(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(bootstrap, "SYSTEM_LIBRARIES", {})
    monkeypatch.setattr(bootstrap, "find_program", lambda name: None)
    assert bootstrap.missing_system_packages("tests") == ["xvfb"]
    assert bootstrap.missing_system_packages("app") == []


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
    succeed = installer.run_command

    def fail(command, lock, on_error_line=None):
        if "install" not in command:
            return succeed(command, lock, on_error_line)
        on_error_line(said)
        return 1

    monkeypatch.setattr(installer, "run_command", fail)
    with pytest.raises(SystemExit) as failed:
        bootstrap.ensure("app", [])
    line = failure_line(capsys, failed)
    assert expected in line
    assert "run the same command again" in line


def test_a_python_too_new_for_the_packages_looks_for_an_older_one(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    monkeypatch.setattr(bootstrap, "find_program", {"python3.11": "/usr/bin/python3.11"}.get)
    assert installer._base_python() == "/usr/bin/python3.11"
    monkeypatch.setattr(bootstrap, "find_program", lambda name: None)
    with pytest.raises(bootstrap.SetupError, match=r"this is Python 3\.99"):
        installer._base_python()


@pytest.mark.skipif(os.name == "nt", reason="Windows knows the interpreter below an environment by itself")
def test_an_environment_is_made_with_the_interpreter_below_the_one_that_runs(monkeypatch, tmp_path):
    (tmp_path / "python").symlink_to(os.path.realpath(sys.executable))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "elsewhere"))
    assert installer._base_python() == os.path.realpath(sys.executable)


def test_a_folder_that_cannot_be_written_is_told_in_one_line(project, commands, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "ROOT", str(project / "not" / "there"))
    with pytest.raises(SystemExit) as failed:
        bootstrap.ensure("app", [])
    assert ".venv.lock" in failure_line(capsys, failed)
