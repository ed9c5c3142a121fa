"""What of a session's story may leave this machine: no person's own moments without their yes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from soundscape.journal.story import CueStory, Story


@dataclass(frozen=True, slots=True)
class Shared:
    """A story as it may be given away, and what was left out of it, as sentences."""

    story: Story
    left_out: tuple[str, ...] = ()


def shareable(story: Story, agreed: Collection[str], *, notes: bool = False) -> Shared:
    """The story without what is tagged with a person who is not in `agreed`.

    Words of notes belong to a file of their own and go along only where `notes` asks for them.
    """
    marks = [mark for mark in story.marks if not mark.person or mark.person in agreed]
    cues = [cue for cue in story.cues if not person_of(cue) or person_of(cue) in agreed]
    remarks = [each for each in story.remarks if not each.person or each.person in agreed]
    told: list[str] = []
    for person in sorted(persons_of(story) - set(agreed)):
        gone = sum(mark.person == person for mark in story.marks)
        said = sum(person_of(cue) == person and cue.name != "mark" for cue in story.cues)
        words = sum(each.person == person for each in story.remarks)
        parts = [_many(gone, "mark"), _many(said, "cue"), _many(words, "note")]
        what = ", ".join(part for part in parts if part)
        told.append(f"{what or 'a refused mark'} of {person}: no consent on record")
    words = sum(bool(mark.note) for mark in marks) + len(remarks)
    if words and not notes:
        marks, remarks = [replace(mark, note="") for mark in marks], []
        told.append(f"the words of {_many(words, 'note')}: --notes takes them along")
    given = replace(story, marks=marks, cues=cues, remarks=remarks)
    return Shared(given, tuple(told))


def of_person(story: Story, person: str) -> Story:
    """The story with this person's marks alone, and no cue of anybody else."""
    marks = [mark for mark in story.marks if mark.person == person]
    cues = [cue for cue in story.cues if person_of(cue) in ("", person)]
    remarks = [each for each in story.remarks if each.person == person]
    return replace(story, marks=marks, cues=cues, remarks=remarks)


def persons_of(story: Story) -> frozenset[str]:
    """Everybody that some moment of a story is tagged with."""
    found = {mark.person for mark in story.marks} | {person_of(cue) for cue in story.cues}
    found |= {each.person for each in story.remarks}
    return frozenset(found - {""})


def person_of(cue: CueStory) -> str:
    """Whose cue it was: a dose or a mark may be one person's."""
    return str(cue.args.get("person") or "")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}" if count else ""
