"""Makes a session's tracker anew after its options have changed."""

from __future__ import annotations

import gc
from dataclasses import replace

from app.gui.session_types import Services
from app.settings import Options
from app.tracking.played import RememberingTracker


def rebuilt(
    services: Services, options: Options, before: Options, old: RememberingTracker | None
) -> RememberingTracker:
    """The tracker for `options`: `old` with new insides, where there is one.

    before: the options of `old`, whose networks are used again unless other ones are asked for. Raises AppError where
    they cannot be loaded; `old` then is as it was.
    """
    last = old.tracker if old is not None and options.model == before.model else None
    tracker = services.build_tracker(replace(options, smoothing=options.smoothing is not False), last)
    if old is None:
        # What is loaded by now stays. Looking through it for garbage takes 130 ms, in which no thread of Python runs.
        gc.collect()
        gc.freeze()
        return RememberingTracker(tracker)
    old.tracker = tracker
    return old
