"""What counts as missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.setup import facts, probes
from tests.app.setup.project import require


def test_packages_are_looked_for_without_being_imported(project):
    require(project, "this")  # importing it would print a poem
    loaded = "this" in sys.modules
    assert probes.missing_packages("run") == []
    assert ("this" in sys.modules) == loaded


def test_test_tools_are_needed_for_tests_only(project):
    require(project, tests=["absent"])
    assert probes.missing_packages("run") == probes.missing_packages("training") == []
    assert probes.missing_packages("tests") == ["absent"]


def test_a_folder_that_a_removal_left_behind_counts_as_missing(project, monkeypatch):
    (project / "path" / "absent" / "__pycache__").mkdir(parents=True)
    monkeypatch.syspath_prepend(project / "path")
    assert probes.missing_packages("run") == ["absent"]


def test_a_package_without_init_file_counts_as_there(project, monkeypatch):
    """rosbags is one."""
    part = project / "path" / "absent" / "part"
    part.mkdir(parents=True)
    (part / "__init__.py").touch()
    monkeypatch.syspath_prepend(project / "path")
    assert probes.missing_packages("run") == []
    assert probes.missing_packages("run", [str(project / "path")]) == []


def test_the_packages_of_this_run_are_all_found():
    """Each name of requirements.txt leads to the right module, or set-up would never be complete."""
    assert probes.missing_packages("tests") == []


def test_camera_library_is_not_asked_for_where_it_has_no_wheel(project, monkeypatch):
    require(project, 'pyrealsense_absent==2; sys_platform != "darwin"', 'other_absent; python_version < "3.0"')
    assert probes.missing_packages("run") == ["pyrealsense_absent"]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert probes.missing_packages("run") == []


def test_a_library_that_is_there_is_not_reported(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(probes, "SYSTEM_LIBRARIES", {"libc.so.6": "libc6", "libabsent.so.9": "libabsent9"})
    if not Path("/proc/self/maps").exists():
        pytest.skip("no Linux")
    assert probes.missing_system_packages("run") == ["libabsent9"]


def test_tests_want_a_virtual_display(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(probes, "SYSTEM_LIBRARIES", {})
    monkeypatch.setattr(facts, "find_program", lambda name: None)
    assert probes.missing_system_packages("tests") == ["xvfb"]
    assert probes.missing_system_packages("run") == []
