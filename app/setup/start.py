"""The first thing that a command calls: is everything there, and if not, set it up and start again.

Where every needed package can be imported, `ensure()` returns at once; else install.py puts what is missing into
`.venv` beside main.py, and the same command starts again inside it. Nothing is installed into an activated
environment, nor under `--no-setup`.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from app.setup import facts, probes
from app.setup.errors import SetupError
from app.setup.install import set_up
from app.setup.requirements import Need
from app.setup.system import complete_system

RESTARTED = "HAND_SETUP_RESTARTED"  # set for the process that follows an installation: it must not install again


def ensure(need: Need = "run", argv: list[str] | None = None) -> None:
    """Return when everything can be imported; else set it up and start the same command again, or exit.

    argv: the arguments, `sys.argv` unless given; `--no-setup` is taken out of it. Exits with status 1 after one line on
    stderr where set-up fails or is not allowed, and with 130 where it is interrupted. Where it is not allowed, commands
    of "training" go on with what is there: most of them need only some of it. What `pip install .` made is
    pip's business: without a requirements.txt this returns.
    """
    argv = sys.argv if argv is None else argv
    may_install = "--no-setup" not in argv
    argv[:] = [argument for argument in argv if argument != "--no-setup"]
    restarted = os.environ.pop(RESTARTED, None) is not None
    if not os.path.exists(facts.REQUIREMENTS):
        return
    try:
        if not probes.is_ready_here(need, may_install):
            _set_up_and_restart(need, may_install, restarted)
        packages = probes.missing_system_packages(need)
        if packages:
            complete_system(packages, may_install and facts.is_inside_venv())
    except SetupError as error:
        sys.exit(f"Set-up: {error}")
    except KeyboardInterrupt:
        print("\nSet-up interrupted; run the same command again to go on with it.", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        sys.exit(f"Set-up failed: {error}. Put that right and run the same command again.")


def _set_up_and_restart(need: Need, may_install: bool, restarted: bool) -> None:
    """Does not return, but where "training" has to do with what is there."""
    missing = ", ".join(probes.missing_packages(need)) or "requirements.txt has changed"
    pip = f"{sys.executable or 'python'} -m pip install -r {facts.REQUIREMENTS}"
    if restarted:
        raise SetupError(f"it ended, but packages cannot be found ({missing}); delete {facts.VENV} and try again.")
    environment = None if facts.is_inside_venv() else facts.foreign_environment()
    is_ready = environment is None and probes.venv_is_ready(need, may_install)
    if not is_ready:
        if need == "training" and (environment or not may_install):
            return
        if environment:
            raise SetupError(f"packages are missing in the environment {environment} ({missing}); run  {pip}")
        if not may_install:
            raise SetupError(f"packages are missing ({missing}); leave out --no-setup, or run  {pip}")
        set_up(need)
        os.environ[RESTARTED] = "1"
    _restart()


def _restart() -> NoReturn:
    """The same command again, with `.venv`'s interpreter."""
    command = [facts.venv_python(), *sys.orig_argv[1:]]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    import subprocess

    process = subprocess.Popen(command)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:  # the new process got it too and ends in its own way
            continue
