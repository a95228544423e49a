"""The sections of requirements.txt, and that each names what its part of the project imports."""

from __future__ import annotations

import sys

import pytest

from app.setup import facts, requirements
from tests.app.setup.project import require
from tests.test_layering import imports_of, is_within, modules

OWN = ("app", "models", "main", "tests")
WITH_OTHERS = {"numba": "llvmlite"}
"""What a package always brings, in the version it was built for: naming it again would only pin it twice."""


def brought_by(*sections: str) -> set[str]:
    """Modules that sections of the project's own requirements.txt bring here."""
    found = requirements.sections()
    named = {pair[1] for name in sections for line in found[name] if (pair := requirements.name_and_module(line))}
    return named | {WITH_OTHERS[name] for name in named & set(WITH_OTHERS)}


def reached_from(*packages: str) -> set[str]:
    """Every module of the project that these packages import, and what those import in turn."""
    reached: set[str] = set()
    waiting = [module for module in modules() if is_within(module, *packages)]
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += [target for target in imports_of(module) if target in modules()]
    return reached


def third_party(of: set[str]) -> set[str]:
    top = {target.split(".")[0] for module in of for target in imports_of(module)}
    return top - set(sys.stdlib_module_names) - set(OWN)


def test_the_program_imports_what_the_run_section_brings_and_nothing_else():
    assert third_party(reached_from("app", "main")) <= brought_by("run")


def test_models_import_what_run_and_training_bring():
    # Asked for by name where it is missing: only who makes the 8-bit form of a network needs it.
    assert third_party(set(modules())) - {"nncf"} <= brought_by("run", "training")


def test_no_package_is_required_that_nobody_imports():
    used_by_torch = {"onnxscript"}  # its exporter
    assert brought_by("run") <= third_party(reached_from("app", "main"))
    assert brought_by("training") <= third_party(set(modules())) | used_by_torch


def test_every_need_has_its_sections():
    named = {name for names in requirements.SECTIONS_OF.values() for name in names}
    assert set(requirements.sections()) == {*named, "nvidia"}


def test_a_need_takes_its_sections_only(project):
    require(project, "a", training=["b==2"], tests=["c"])
    assert requirements.wanted("run") == ["a"]
    assert requirements.wanted("training") == ["a", "b==2"]
    assert requirements.wanted("tests") == ["a", "b==2", "c"]


def test_cuda_libraries_are_wanted_only_where_an_nvidia_driver_is(project, monkeypatch):
    require(project, "a", nvidia=["a[cuda]"])
    assert requirements.wanted("run") == ["a"]
    monkeypatch.setattr(facts, "has_nvidia_driver", lambda: True)
    assert requirements.wanted("run") == ["a", "a[cuda]"]


def test_a_requirement_above_the_first_section_is_refused(project):
    (project / "requirements.txt").write_text("a==1\n# --- run: what for\nb\n")
    with pytest.raises(ValueError, match="a==1 stands in no section"):
        requirements.sections()


def test_every_requirement_is_understood():
    for lines in requirements.sections().values():
        for line in lines:
            requirements.name_and_module(line)  # raises ValueError at a condition it cannot judge


def test_an_unknown_condition_is_refused():
    with pytest.raises(ValueError, match="os_name"):
        requirements.applies("os_name == 'nt'")
