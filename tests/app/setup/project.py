"""A project in an empty folder whose requirements, environment and packages are only files."""

from __future__ import annotations

import os
from pathlib import Path

from app.setup import facts


def require(project: Path, *lines: str, **sections: list[str]) -> None:
    """Writes requirements.txt: `lines` to run, and other sections by name."""
    written = ["# pins"]
    for name, requirements in {"run": lines, **sections}.items():
        written += [f"# --- {name}: what for", *requirements]
    (project / "requirements.txt").write_text("\n".join([*written, ""]))


def make_venv(project: Path) -> None:
    for folder in (Path(facts.venv_python()).parent, site_packages(project)):
        folder.mkdir(parents=True, exist_ok=True)
    Path(facts.venv_python()).touch()


def site_packages(project: Path) -> Path:
    return project / ".venv" / ("Lib/site-packages" if os.name == "nt" else "lib/python3.11/site-packages")


def add_package(project: Path, name: str) -> None:
    (site_packages(project) / name).mkdir(exist_ok=True)
    (site_packages(project) / name / "__init__.py").touch()


def marker(project: Path) -> str:
    return (project / ".venv" / ".setup").read_text()


def failure_line(capsys, failed) -> str:
    """The one line that a failed set-up ends with."""
    assert failed.value.code not in (None, 0)
    line = str(failed.value.code)
    assert "\n" not in line
    assert "Traceback" not in capsys.readouterr().err
    return line
