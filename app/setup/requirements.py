"""Reads requirements.txt: one list, in sections that begin with `# --- NAME: what for`."""

from __future__ import annotations

import operator
import sys
from typing import Literal

from app.setup import facts

Need = Literal["run", "training", "tests"]

SECTIONS_OF: dict[Need, tuple[str, ...]] = {
    "run": ("run",),
    "training": ("run", "training"),
    "tests": ("run", "training", "tests"),
}
HEADER = "# --- "
MODULE_NAMES = {
    "ruamel.yaml": "ruamel",
    "opencv-python-headless": "cv2",
    "onnxruntime-gpu": "onnxruntime",
    "pyside6-essentials": "PySide6",
    "pytest-xdist": "xdist",
}


def sections() -> dict[str, list[str]]:
    """The requirements of each section, as pip takes them. Raises ValueError for one that stands above the first."""
    found: dict[str, list[str]] = {}
    name = ""
    with open(facts.REQUIREMENTS, encoding="utf-8") as file:
        for line in file:
            if line.startswith(HEADER):
                name = line.removeprefix(HEADER).partition(":")[0].strip()
                found[name] = []
            elif requirement := line.split("#")[0].strip():
                if not name:
                    raise ValueError(f"requirements.txt: {requirement} stands in no section")
                found[name].append(requirement)
    return found


def wanted(need: Need) -> list[str]:
    """The requirements of what is needed, as pip takes them; NVIDIA's libraries only where its driver is."""
    found = sections()
    names = [*SECTIONS_OF[need], *(["nvidia"] if facts.has_nvidia_driver() else [])]
    return [requirement for name in names for requirement in found.get(name, [])]


def name_and_module(requirement: str) -> tuple[str, str] | None:
    """Name of a required package and of the module that it brings; None where its condition does not hold here."""
    package, _, condition = requirement.partition(";")
    if not applies(condition):
        return None
    end = next((i for i, c in enumerate(package) if not (c.isalnum() or c in "-_.")), len(package))
    name = package[:end].lower()
    return name, MODULE_NAMES.get(name, name.replace("-", "_"))


def applies(condition: str) -> bool:
    """Whether an environment marker holds here: comparisons of sys_platform or python_version joined by "and".

    Raises ValueError at anything else.
    """
    compare = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">=": operator.ge}
    for clause in condition.split(" and ") if condition.strip() else ():
        variable, sign, value = clause.split()
        value = value.strip("\"'")
        if variable == "python_version":
            holds = compare[sign](sys.version_info[:2], tuple(map(int, value.split("."))))
        elif variable == "sys_platform":
            holds = compare[sign](sys.platform, value)
        else:
            raise ValueError(f"requirements.txt: cannot judge {clause!r}")
        if not holds:
            return False
    return True
