"""The colours of the two looks, dark and light, and which text stands on which ground."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Colors:
    """Each "#rrggbb". window, panel, raised: grounds, from the back to the front. border: between them.

    text, muted: what is read, and captions beside it. accent: what can be moved or is under way. good, warn, bad:
    states, on grounds of their own. chosen, chosen_text: of what is switched on. info_ground: behind what only informs.
    disabled: of what cannot be used now. button, hover: over the grounds of messages.
    """

    window: str
    panel: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    good: str
    warn: str
    bad: str
    good_ground: str
    warn_ground: str
    bad_ground: str
    info_ground: str
    chosen: str
    chosen_text: str
    disabled: str
    button: str
    hover: str


DARK = Colors(
    window="#14181f",
    panel="#1a1f28",
    raised="#232a35",
    border="#2a323e",
    text="#dde3ea",
    muted="#98a3b2",
    accent="#3fb6a8",
    good="#4cc38a",
    warn="#e2a93b",
    bad="#f0747f",
    good_ground="#173229",
    warn_ground="#362c1b",
    bad_ground="#3a2229",
    info_ground="#1c3033",
    chosen="#1c4743",
    chosen_text="#8fe3d8",
    disabled="#4d5663",
    button="rgba(255, 255, 255, 22)",
    hover="rgba(255, 255, 255, 40)",
)

LIGHT = Colors(
    window="#e9edf2",
    panel="#fbfcfd",
    raised="#e6eaf0",
    border="#c6ced8",
    text="#1b222b",
    muted="#525d6b",
    accent="#0f7d71",
    good="#14683a",
    warn="#7a4f00",
    bad="#b3261e",
    good_ground="#d8f0e1",
    warn_ground="#fbecc9",
    bad_ground="#fbdfdd",
    info_ground="#d8eeeb",
    chosen="#c5e6e1",
    chosen_text="#07493f",
    disabled="#9aa4b0",
    button="rgba(0, 0, 0, 16)",
    hover="rgba(0, 0, 0, 34)",
)

TEXT_ON = (
    *((text, ground) for text in ("text", "muted") for ground in ("window", "panel", "raised")),
    *(("text", f"{level}_ground") for level in ("info", "warn", "bad")),
    *((level, f"{level}_ground") for level in ("good", "warn", "bad")),
    ("chosen_text", "chosen"),
    ("panel", "accent"),
)
"""Every pair of a text's and its ground's colour that the style sheet, the palette and the panels make."""


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours "#rrggbb" after WCAG 2: 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """Relative luminance after WCAG 2, 0 to 1."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
