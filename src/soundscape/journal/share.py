"""What of a session's story may leave this machine: nothing about a person without their consent.

Everything that is given away, in whatever form, is made from a `SharedStory` story. Consent lies
beside the journal in a file of its own: a person may say yes weeks later, or withdraw it, and the
journal is never rewritten. Earlier statements stay on record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from soundscape.core.errors import JournalError
from soundscape.core.text import counted
from soundscape.journal.encryption import read_kept, write_kept
from soundscape.journal.story import CueStory, Heard, Story

WORD = re.compile(r"\w+")
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
    rows = [asdict(each) for each in kept]
    write_kept(folder / CONSENT_NAME, json.dumps(rows, ensure_ascii=False, indent=1) + "\n")


def agreed(record: tuple[ConsentGiven, ...]) -> frozenset[str]:
    """Name the persons whose last word is yes."""
    last = {said.person: said.says for said in record}
    return frozenset(person for person, says in last.items() if says == "yes")


@dataclass(frozen=True, slots=True)
class SharedStory:
    """A story as it may be given away, and sentences that say what was left out of it.

    `left_out` goes along and names nobody; `told` says the same to the clinician, with letters.
    `arc_time` is False if the arc counts from a dose that must not be told.
    """

    story: Story
    left_out: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    arc_time: bool = True


def shareable(
    story: Story,
    agreed: Collection[str],
    *,
    person: str = "",
    follows: str = "",
    notes: bool = False,
) -> SharedStory:
    """Return the story without anything tagged with a person who is not in `agreed`.

    With `person` it holds only that one's moments. `follows` is the person whose dose the arc
    counts from, "" for anybody. The words of notes are included only with `notes`.
    """
    # An answer may name a person of the arc who has no moment of their own.
    hidden = (persons_of(story) | set(story.persons)) - set(agreed)
    arc_time = not any(
        dose.person in hidden and (not follows or dose.person == follows) for dose in story.doses
    )
    story = of_person(story, person) if person else story
    left_out: list[str] = []
    told: list[str] = []
    for letter in sorted(persons_of(story) & hidden):
        what = _tagged(story, letter)
        left_out.append(f"{what} of a person: no consent on record")
        told.append(f"{what} of {letter}: no consent on record")
    given = replace(
        story,
        persons=tuple(each for each in story.persons if each in agreed),
        marks=[mark for mark in story.marks if mark.person not in hidden],
        doses=[dose for dose in story.doses if dose.person not in hidden],
        remarks=[each for each in story.remarks if each.person not in hidden],
        cues=[_redacted(cue, hidden) for cue in story.cues if not _is_of(cue, hidden)],
    )
    if not arc_time:
        phases = [replace(p, reason=_without_dose(p.reason)) for p in given.phases]
        given = replace(given, heard=list(map(_without_arc_time, given.heard)), phases=phases)
    words = sum(bool(mark.note) for mark in given.marks) + len(given.remarks)
    if words and not notes:
        marks = [replace(mark, note="") for mark in given.marks]
        given = replace(given, marks=marks, remarks=[])
        more = f"the words of {counted(words, 'note')}: --notes includes them"
        left_out, told = [*left_out, more], [*told, more]
    return SharedStory(given, tuple(left_out), tuple(told), arc_time)


def of_person(story: Story, person: str) -> Story:
    """Return the story with only this person's moments, and no cue of anybody else."""
    return replace(
        story,
        persons=tuple(each for each in story.persons if each == person),
        marks=[mark for mark in story.marks if mark.person == person],
        doses=[dose for dose in story.doses if dose.person in ("", person)],
        cues=[cue for cue in story.cues if person_of(cue) in ("", person)],
        remarks=[each for each in story.remarks if each.person == person],
    )


def persons_of(story: Story) -> frozenset[str]:
    """Name everybody with whom some moment of a story is tagged."""
    found = {mark.person for mark in story.marks} | {person_of(cue) for cue in story.cues}
    found |= {each.person for each in story.remarks} | {each.person for each in story.doses}
    return frozenset(found - {""})


def person_of(cue: CueStory) -> str:
    """Name the person of a cue: a dose or a mark may be one person's."""
    return str(cue.args.get("person") or "")


def _is_of(cue: CueStory, hidden: Collection[str]) -> bool:
    """Whether a cue reveals somebody hidden; a refused `dose` says when theirs was."""
    return person_of(cue) in hidden or bool(hidden and cue.name == "dose" and not cue.ok)


def _redacted(cue: CueStory, hidden: frozenset[str]) -> CueStory:
    """Return the cue without its answer if that names somebody hidden besides its own person."""
    named = person_of(cue) and hidden & set(WORD.findall(cue.answer))
    return replace(cue, answer="") if named else cue


def _without_arc_time(heard: Heard) -> Heard:
    return replace(heard, arc_s=None, to_arc_s=None)


def _without_dose(reason: str) -> str:
    return "by a cue" if "dose" in reason else reason


def _tagged(story: Story, letter: str) -> str:
    marks = sum(mark.person == letter for mark in story.marks)
    doses = sum(dose.person == letter for dose in story.doses)
    of = [cue.name for cue in story.cues if person_of(cue) == letter]
    cues = sum(name not in ("mark", "dose") for name in of)
    words = sum(each.person == letter for each in story.remarks)
    counts = {"mark": marks, "dose": doses, "cue": cues, "note": words}
    told = ", ".join(counted(count, what) for what, count in counts.items() if count)
    return told or f"a refused {of[0]}"
