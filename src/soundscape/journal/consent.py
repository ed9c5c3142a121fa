"""Consent on record: whether a person's own moments may leave this machine in an export.

It lies beside the journal in a file of its own: a person may say yes weeks later, or withdraw it,
and the journal is never rewritten. Earlier statements stay on record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from soundscape.core.errors import JournalError
from soundscape.journal.encryption import read_kept, write_kept

CONSENT_NAME = "consent.json"

Says = Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """What one person said, and when: `wall` is ISO 8601 with its UTC offset."""

    person: str
    says: Says
    wall: str


def read_consent(folder: Path) -> tuple[ConsentGiven, ...]:
    """Return all that was said in a session's folder, oldest first; empty if nobody was asked.

    Raises `JournalError` if the record cannot be read: then nobody counts as having agreed.
    """
    path = folder / CONSENT_NAME
    try:
        data = json.loads(read_kept(path))
        return tuple(
            ConsentGiven(str(each["person"]), _yes_or_no(each), str(each["wall"])) for each in data
        )
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise JournalError(f"{path}: the record of consent cannot be read: {error}") from None


def _yes_or_no(said: Mapping[str, object]) -> Says:
    if said["says"] == "yes":
        return "yes"
    if said["says"] == "no":
        return "no"
    raise ValueError(f"expected yes or no, not {str(said['says'])[:20]!r}")


def record_consent(folder: Path, said: ConsentGiven) -> None:
    """Add what a person said. Raises `JournalError` if the record cannot be read, or OSError if the
    disk refuses; the record then stays as it was."""
    kept = [*read_consent(folder), said]
    rows = [{"person": each.person, "says": each.says, "wall": each.wall} for each in kept]
    write_kept(folder / CONSENT_NAME, json.dumps(rows, ensure_ascii=False, indent=1) + "\n")


def agreed(record: tuple[ConsentGiven, ...]) -> frozenset[str]:
    """Name the persons whose last word is yes."""
    last = {said.person: said.says for said in record}
    return frozenset(person for person, says in last.items() if says == "yes")
