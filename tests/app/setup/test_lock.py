"""requirements.lock: up to date, complete, and a hash to everything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from app.setup import facts
from app.setup.requirements import sections
from tests.app.setup.lock import HEAD, mark

TEXT = Path(facts.LOCKED).read_text()
ENTRIES = [entry for entry in re.split(r"\n(?=[a-z0-9])", TEXT.split("\n", 3)[3]) if entry.strip()]
PLACES = [
    {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": system, "platform_system": name}
    for python in ("3.10", "3.11", "3.12", "3.13")
    for system, name in (("linux", "Linux"), ("win32", "Windows"))
]


def versions(place: dict[str, str]) -> dict[str, str]:
    """Name and version of what is installed there."""
    found = {}
    for entry in ENTRIES:
        requirement = Requirement(entry.replace("\\\n", " ").split("--hash")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate(place):
            (version,) = requirement.specifier
            found[requirement.name.lower().replace("_", "-")] = version.version
    return found


def test_it_was_made_of_the_present_requirements():
    assert TEXT.startswith(HEAD.format(mark=mark())), "run: python -m tests.app.setup.lock"


def test_everything_has_one_version_and_hashes():
    assert len(ENTRIES) > 30
    for entry in ENTRIES:
        assert re.match(r"[a-z0-9._-]+==[0-9]", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place['sys_platform']} {place['python_version']}")
def test_it_has_all_that_the_program_needs_everywhere(place: dict[str, str]):
    found = versions(place)
    for text in sections()["run"]:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(place):
            assert requirement.specifier.contains(found[requirement.name.lower()]), text
