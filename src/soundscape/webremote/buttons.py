"""The buttons of the page, taken from the table of cues. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from soundscape.core.cues.table import CUES
from soundscape.core.cues.words import LONGEST_TEXT, Flag, Number, Param, needed

MAIN: tuple[tuple[str, ...], ...] = (
    ("soften",),
    ("pause", "resume"),
    ("talk", "reflect"),
    ("hold", "release"),
    ("next",),
    ("transition",),
    ("mark",),
    ("undo",),
    ("stop",),
)
"""The large buttons. A button with two cues gives the one that would change something."""

_UNITS = {"db": "dB", "minutes": "min", "ago": "min ago", "seconds": "s"}


def faces(status: Mapping[str, Any]) -> list[str]:
    """Choose the cue of each large button for the session's present state."""
    turned = {
        "resume": status["paused"] or status["silenced"],
        "reflect": status["mode"] == "talk",
        "release": status["held"],
    }
    return [cues[-1] if turned.get(cues[-1]) else cues[0] for cues in MAIN]


def buttons() -> dict[str, Any]:
    """List the large buttons, and every cue with its help and the fields of its parameters."""
    return {
        "main": [list(cues) for cues in MAIN],
        "cues": {
            cue.name: {
                "help": cue.help,
                "twice": cue.asks_twice,
                "fields": [_field(param, pick=param.name == cue.pick) for param in cue.params],
            }
            for cue in CUES.values()
        },
        # Cues that no large button gives in full.
        "more": [
            cue.name
            for cue in CUES.values()
            if cue.params or not any(cue.name in cues for cues in MAIN)
        ],
    }


def _field(param: Param, *, pick: bool) -> dict[str, Any]:
    field: dict[str, Any] = {"name": param.name, "help": param.help, "needed": needed(param)}
    if isinstance(param, Flag):
        return {**field, "kind": "flag"}
    if isinstance(param, Number):
        return {
            **field,
            "kind": "number",
            "unit": _UNITS.get(param.name, ""),
            "least": param.least,
            "most": param.most,
            "default": param.default,
        }
    if param.form == "HH:MM":
        return {**field, "kind": "time"}
    return {**field, "kind": "choice"} if pick else {**field, "kind": "text", "most": LONGEST_TEXT}
