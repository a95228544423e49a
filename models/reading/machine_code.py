"""Compiled functions that a start of the program loads in milliseconds: numba's machine code, kept without numba.

Importing numba and having it load one function takes half of what a start has to do. Yet what it makes of a function
of plain numbers and addresses needs nothing of numba to run: it is kept (models/kept.py), and loaded with LLVM alone.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import llvmlite.binding as llvm

from models.kept import fetch, keep

log = logging.getLogger(__name__)

Kind = Literal["address", "whole", "real"]
"""Of an argument: the address of an array's first element, int64, float32."""
_C_TYPES: dict[Kind, Any] = {"address": ctypes.c_void_p, "whole": ctypes.c_int64, "real": ctypes.c_float}
_OF_C = {"memset", "memcpy", "memmove"}
"""What machine code may call: functions of the C library. Anything else would be numba's or Python's."""


def load(module: str, kinds: Sequence[Kind]) -> Callable[..., int]:
    """`kernel` of a module, a numba.cfunc that takes arguments of these kinds and returns int64; callable from Python.

    The module is imported only where its machine code is not kept for this processor. All of the kernel's source has to
    be in it. Calls keep the interpreter's lock, for kernels of less than a millisecond: to get it back would take as
    long as the window draws.
    """
    prototype = ctypes.PYFUNCTYPE(ctypes.c_int64, *(_C_TYPES[kind] for kind in kinds))
    if os.name == "nt":  # where LLVM's loader was not tried
        return _called(prototype, importlib.import_module(module).kernel)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name, key = f"{module.rpartition('.')[2]}.code", _key(module)
    code = fetch(name, key)
    if code is None:
        made = importlib.import_module(module).kernel
        code = machine_code(made)
        if code is None:
            log.info("the machine code of %s needs more than itself; numba is loaded at each start", module)
            return _called(prototype, made)
        keep(name, key, code)
    return _called(prototype, _Loaded(code))


class _Loaded:
    """Machine code in memory; address: where its function begins."""

    def __init__(self, code: bytes) -> None:
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self.address = self._engine.get_function_address("kernel")


def _called(prototype: Any, owner: Any) -> Callable[..., int]:
    """The function at `owner.address`, which lives as long as the function."""
    function: Callable[..., int] = prototype(owner.address)
    function.owner = owner  # type: ignore[attr-defined]
    return function


def machine_code(compiled: Any) -> bytes | None:
    """The object file of a numba.cfunc, its function named "kernel"; None where it cannot do without numba or Python.

    Numba's way out for errors is the only thing that needs them. It goes where LLVM sees, with all of the code before
    it, that there are none.
    """
    # Functions that numba keeps apart would hide whether they fail.
    module = llvm.parse_assembly(compiled.inspect_llvm().replace("noinline", "nounwind"))
    for part in (*module.functions, *module.global_variables):
        if part.name == compiled.native_name:
            part.name = "kernel"
        elif not part.is_declaration:
            part.linkage = "internal"
    machine = _target_machine()
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    outside = [part.name for part in (*module.functions, *module.global_variables) if part.is_declaration]
    if any(name not in _OF_C and not name.startswith("llvm.") for name in outside):
        return None
    content: bytes = machine.emit_object(module)
    return content


def _target_machine() -> Any:
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, jit=True, codemodel="jitdefault"
    )


def _key(module: str) -> str:
    """All that the machine code depends on."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    processor = llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    return "\n".join((*processor, version("numba"), version("llvmlite"), Path(spec.origin).read_text(encoding="utf-8")))
