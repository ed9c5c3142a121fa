"""A cue in words, such as `soften 6`, read at once as the session would read it. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from soundscape.core.cues.table import CUES
from soundscape.core.cues.words import Text
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.tui.keys import CueKeyed


def read_cue(name: str, words: Sequence[str], where: str = "cue") -> CueKeyed:
    """Read a cue and its words. Raises `InputError` with all of their faults."""
    cue = CUES.get(name)
    if cue is None:
        do = nearest(name[:40], list(CUES)) or "`soundscape cues` lists them"
        raise InputError([Fault(where, f"no cue is called `{name[:40]}`", do)])
    cue.args(words)
    return CueKeyed(name, tuple(words))


def read_bound(text: str, where: str = "cue") -> CueKeyed:
    """Read a cue from one line, for a button that gives it again and again.

    Raises `InputError` with every fault. The words of a note are one: they belong to a moment, and
    would stay in a file that outlives the session.
    """
    try:
        words = shlex.split(text)
    except ValueError:
        raise InputError([Fault(where, f"`{text}`: this quote is never closed")]) from None
    if not words:
        raise InputError([Fault(where, "no cue is named", "`soundscape cues` lists them")])
    said = read_cue(words[0], words[1:], where)
    cue = CUES[said.cue]
    args = cue.args(said.words)
    apart = [each.name for each in cue.params if isinstance(each, Text) and each.apart]
    if any(args[name] for name in apart):
        what = f"a button cannot give the words of a {apart[0]}"
        raise InputError([Fault(where, what, f"bind `{said.cue}` without them")])
    return said


def as_text(said: CueKeyed) -> str:
    """Write the cue as text."""
    return shlex.join([said.cue, *said.words])
