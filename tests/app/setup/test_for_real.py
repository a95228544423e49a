"""Set-up for real: a small project with its own `.venv`, real venv and pip, wheels from a folder, no network."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TIMEOUT_S = 300

# What main.py does, but for system libraries: those are the business of this test alone.
PROGRAM = """
import os, sys
from app.setup import ensure, probes
probes.SYSTEM_LIBRARIES.clear()
ensure("run")
import wanted
print("RUNS", os.path.realpath(sys.prefix), wanted.VERSION, sys.argv[1:])
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals and keeps programs off the PATH")


class Project:
    """A folder with main.py, app/setup, a requirements.txt that asks for `wanted`, and wheels of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder / "wheels"

    def write(self) -> Project:
        shutil.copytree(ROOT / "app" / "setup", self.folder / "app" / "setup")
        shutil.copy(ROOT / "app" / "__init__.py", self.folder / "app")
        self.wheels.mkdir()
        (self.folder / "main.py").write_text(PROGRAM)
        self.require("1")
        for version in ("1", "2"):
            self._write_wheel(version)
        return self

    def _write_wheel(self, version: str) -> None:
        info = f"wanted-{version}.dist-info"
        files = {
            "wanted/__init__.py": f"VERSION = {version}\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: wanted\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
        with zipfile.ZipFile(self.wheels / f"wanted-{version}-py3-none-any.whl", "w") as wheel:
            for name, content in files.items():
                wheel.writestr(name, content)

    def require(self, version: str) -> None:
        (self.folder / "requirements.txt").write_text(f"# --- run: all\nwanted=={version}\n")

    def environment(self, **changes: str) -> dict[str, str]:
        """No network, no settings of whoever runs the tests, and no apt-get."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "HAND_"))}
        for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH"):
            kept.pop(name, None)
        local = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri(), "PATH": ""}
        return {**kept, **local, **changes}

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [BASE_PYTHON, "main.py", *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=listen_to_interrupts,
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Exit status, stdout and stderr of one start."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=TIMEOUT_S)
        return process.returncode, out, err


# The interpreter below the environment that the tests run in: set-up must see no environment around it.
BASE_PYTHON = os.path.realpath(sys.executable)


@pytest.fixture(scope="module")
def set_up_once(tmp_path_factory) -> tuple[Project, tuple[int, str, str]]:
    project = Project(tmp_path_factory.mktemp("first") / "a folder").write()
    return project, project.run("--frames", "3")


@pytest.fixture
def project(set_up_once, tmp_path) -> Project:
    """A project of its own for a test, set up already."""
    shutil.copytree(set_up_once[0].folder, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")


@pytest.fixture
def silent_index():
    """A package index that takes connections and never answers, so that pip hangs until the connection is closed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(TIMEOUT_S)
        yield server


def listen_to_interrupts() -> None:
    """Whoever runs the tests in the background of a shell has SIGINT ignored, and so would every process they start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def hang(server: socket.socket) -> dict[str, str]:
    """Environment variables that send pip to `server`, once and for as long as it takes."""
    url = f"http://127.0.0.1:{server.getsockname()[1]}/simple"
    patience = {"PIP_RETRIES": "0", "PIP_DEFAULT_TIMEOUT": "600"}
    return {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": url, **patience}


def test_first_start_sets_up_and_runs_the_same_command_inside(set_up_once):
    project, (status, out, err) = set_up_once
    assert status == 0, err
    assert out == f"RUNS {os.path.realpath(project.folder / '.venv')} 1 ['--frames', '3']\n"
    announced, environment, packages = err.splitlines()
    assert ".venv to run the program" in announced
    assert environment.startswith("Environment, made with ")
    assert packages.startswith("Packages: 1 installed, ")
    assert "Successfully installed wanted-1" in (project.folder / ".venv.log").read_text()


def test_second_start_says_nothing(project):
    status, out, err = project.run()
    assert (status, err) == (0, "")
    assert out.startswith("RUNS")


def test_changed_requirements_are_installed(project):
    project.require("2")
    status, out, err = project.run()
    assert status == 0, err
    assert " 2 []" in out


def test_an_installation_that_was_killed_is_repaired(project):
    """Killed while it wrote the package: some of its files are there, and what pip writes last is not."""
    (project.folder / ".venv" / ".setup").write_text("unfinished\n")
    [package] = project.folder.glob(".venv/lib/*/site-packages/wanted")
    (package / "__init__.py").unlink()
    (package.parent / "wanted-1.dist-info" / "INSTALLER").unlink()
    status, out, err = project.run()
    assert status == 0, err
    assert " 1 []" in out


def test_no_setup_goes_on_with_what_is_there(project):
    project.require("2")
    status, out, err = project.run("--no-setup")
    assert (status, err) == (0, "")
    assert " 1 []" in out


def test_no_setup_installs_nothing(project):
    shutil.rmtree(project.folder / ".venv")
    status, out, err = project.run("--no-setup")
    assert (status, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "pip install -r" in err
    assert not (project.folder / ".venv").exists()


def test_an_activated_environment_is_left_alone(project, tmp_path):
    shutil.rmtree(project.folder / ".venv")
    status, out, err = project.run(VIRTUAL_ENV=str(tmp_path / "theirs"))
    assert (status, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert not (project.folder / ".venv").exists()


def test_no_network_ends_in_one_clear_line(project):
    project.require("2")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        environment = {**hang(closed), "PIP_RETRIES": "1"}
    status, out, err = project.run(**environment)
    assert (status, out) == (1, "")
    assert "check the network connection" in err.splitlines()[-1]
    assert err.rstrip().endswith(".venv.log")
    assert "Traceback" not in err
    assert "ERROR" not in err


def test_interrupting_pip_ends_clean_and_the_next_start_goes_on(project, silent_index):
    project.require("2")
    process = project.start(**hang(silent_index))
    connection, _ = silent_index.accept()
    with connection:
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, out) == (130, ""), err
    assert "interrupted" in err.splitlines()[-1]
    assert "Traceback" not in err
    status, out, err = project.run()
    assert status == 0, err
    assert " 2 []" in out


def test_two_starts_at_once_install_once(project):
    project.require("2")
    processes = [project.start(), project.start()]
    results = [process.communicate(timeout=TIMEOUT_S) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], results
    assert all(" 2 []" in out for out, _ in results)
    assert sum(err.count("Packages: ") for _, err in results) == 1


def test_a_start_waits_for_the_pip_of_one_that_was_killed(project, silent_index):
    project.require("2")
    killed = project.start(**hang(silent_index))
    connection, _ = silent_index.accept()
    with killed, connection:
        killed.kill()
        killed.wait(timeout=TIMEOUT_S)
        second = project.start()
        assert "Another start" in second.stderr.readline()
        connection.close()  # its pip gives up, and with that lets go of the lock
        out, err = second.communicate(timeout=TIMEOUT_S)
    assert second.returncode == 0, err
    assert " 2 []" in out


def test_an_old_python_can_read_as_far_as_the_line_that_refuses_it():
    for name in ("main.py", "tests/__main__.py", "app/__init__.py", "app/setup/__init__.py", "models/__init__.py"):
        ast.parse((ROOT / name).read_text(), feature_version=(3, 7))  # raises SyntaxError at anything newer
    source = (ROOT / "app" / "setup" / "__init__.py").read_text()
    assert source.index("sys.version_info < (3, 10)") < source.index("from app.setup.start")
