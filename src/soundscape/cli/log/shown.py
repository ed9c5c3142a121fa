"""Which journal is meant, and what its hashes say of it, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from soundscape.core.errors import Fault, InputError
from soundscape.journal.reader import find_session
from soundscape.journal.verify import ChainVerdict, in_groups
from soundscape.journal.writer import JOURNAL_NAME


def journal_file(sessions: Path, what: str) -> Path:
    """The journal's file of a session's code (the newest for ""), or the file or folder named.

    Raises `InputError` where there is neither.
    """
    named = Path(what)
    if what and named.is_dir():
        return named / JOURNAL_NAME
    if what and named.is_file():
        return named
    if "." in what or "/" in what:
        raise InputError([Fault(what, "no such file")])
    return find_session(sessions, what) / JOURNAL_NAME


def shown_verdict(path: Path, verdict: ChainVerdict, same: bool | None) -> Iterator[str]:
    """A verdict in lines; `same` is whether a given fingerprint is the journal's, None for none."""
    name = path.parent.name if path.name == JOURNAL_NAME else str(path)
    for line in verdict.torn:
        yield f"{path}:{line}: cut short, as a crash leaves it"
    for broken in verdict.breaks:
        yield f"{path}:{broken.line}: {broken.what}"
    if verdict.state == "altered":
        yield f"{name}: ALTERED: this is not what was written."
    elif verdict.state == "locked":
        yield (
            f"{name}: encrypted: {verdict.lines} lines. Whether they are as they were written is "
            "seen with the passphrase alone."
        )
    elif verdict.state == "open":
        yield (
            f"{name}: open: no closing fact; read up to line {verdict.lines}, which hang together. "
            "The session still runs or was broken off, or the end was cut off."
        )
    else:
        yield f"{name}: sealed: {verdict.lines} lines, none changed, cut, moved or put in."
        yield f"Fingerprint: {in_groups(verdict.fingerprint)}"
        if same is None:
            yield (
                "Written down on paper, the fingerprint (its first 16 digits will do) also finds "
                "a journal that was written anew as a whole: --fingerprint compares it."
            )
    if same is not None:
        yield f"The fingerprint given is {'this one' if same else 'NOT that of this journal'}."
