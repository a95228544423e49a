"""Drawing while other threads of Python go on: open3d itself keeps the interpreter's lock while it waits for OpenGL."""

from __future__ import annotations

import ctypes
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from app.viewer.library import o3d

log = logging.getLogger(__name__)

_CLASS = "N6open3d13visualization10VisualizerE"
"""As C++ has it: open3d::visualization::Visualizer."""
_POLL_EVENTS = f"_Z{_CLASS.removesuffix('E')}10PollEventsEv"
_TYPE_INFO = b"St9type_info"
_ABI = b"system_libstdcpp_gxx_abi_1xxx_use_cxx11_abi_1"
"""Of pybind11 in open3d's wheels for Linux."""


def poll_events_of(visualizer: Any) -> Callable[[], object]:
    """What does as `visualizer.poll_events` does, and lets other threads run meanwhile where that can be had.

    pybind11 hands out the C++ object under its own protocol (the conduit), which checks type and ABI; ctypes gives the
    lock back around the call. Only for a plain Visualizer, which calls nothing of Python's. One thread may use it.
    """
    try:
        library = _loaded_library()
        poll_events = library[_POLL_EVENTS]
        poll_events.argtypes, poll_events.restype = [ctypes.c_void_p], ctypes.c_bool
        return partial(poll_events, _address_of(visualizer, library))
    except (AttributeError, OSError, StopIteration, ValueError) as error:
        log.info("the 3D view keeps other threads waiting while it is drawn (%s)", error)
        return visualizer.poll_events


def _loaded_library() -> ctypes.CDLL:
    """open3d's own library, as this process has it. Raises OSError or StopIteration where there is no such one."""
    path = next(Path(o3d.__file__).parent.glob("libOpen3D.so*"))
    return ctypes.CDLL(str(path), mode=os.RTLD_NOLOAD | os.RTLD_LAZY)


def _address_of(visualizer: Any, library: ctypes.CDLL) -> int:
    """Where the C++ object is, for as long as the Python object is. Raises ValueError where open3d is another one."""
    python = ctypes.pythonapi
    new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    address = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
    type_info = ctypes.addressof(ctypes.c_char.in_dll(library, f"_ZTI{_CLASS}"))
    wanted = new(("PyCapsule_New", python))(type_info, _TYPE_INFO, None)
    found = visualizer._pybind11_conduit_v1_(_ABI, wanted, b"raw_pointer_ephemeral")
    if found is None:
        raise ValueError("open3d was built in another way")
    return int(address(("PyCapsule_GetPointer", python))(found, _CLASS.encode()))
