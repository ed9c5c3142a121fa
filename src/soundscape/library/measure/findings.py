"""What a person should know of a file before anybody listens to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FindingKind = Literal[
    "undecodable", "truncated", "silent", "clipped", "silence", "abrupt", "duration", "rise"
]


@dataclass(frozen=True, slots=True)
class SoundFinding:
    """One thing found in a file's sound.

    `what` is a sentence without a full stop. `at_s` is where, in seconds from the file's start;
    None for the whole file. `fatal`: the file is left out of every plan.
    """

    kind: FindingKind
    what: str
    at_s: float | None = None
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a track beside the track itself: its findings, why its voice is judged as
    it is, and whether somebody who has listened vouched for it."""

    findings: tuple[SoundFinding, ...] = ()
    voice_why: tuple[str, ...] = ()
    vouched: bool = False
