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
    told: list[str] = []
    for person in sorted(persons_of(story) - set(agreed)):
        gone = sum(mark.person == person for mark in story.marks)
        said = sum(person_of(cue) == person and cue.name != "mark" for cue in story.cues)
        parts = [_many(gone, "mark"), _many(said, "cue")]
        what = " and ".join(part for part in parts if part)
        told.append(f"{what or 'a refused cue'} of {person}: no consent on record")
    words = sum(bool(mark.note) for mark in marks)
    if words and not notes:
        marks = [replace(mark, note="") for mark in marks]
        told.append(f"the words of {_many(words, 'note')}: --notes takes them along")
    return Shared(replace(story, marks=marks, cues=cues), tuple(told))


def of_person(story: Story, person: str) -> Story:
    """The story with nobody's marks and cues but this person's and those of nobody in particular."""
    marks = [mark for mark in story.marks if mark.person == person]
    cues = [cue for cue in story.cues if person_of(cue) in ("", person)]
    return replace(story, marks=marks, cues=cues)


def persons_of(story: Story) -> frozenset[str]:
    """Everybody that some moment of a story is tagged with."""
    found = {mark.person for mark in story.marks} | {person_of(cue) for cue in story.cues}
    return frozenset(found - {""})


def person_of(cue: CueStory) -> str:
    """Whose cue it was: a dose or a mark may be one person's."""
    return str(cue.args.get("person") or "")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}" if count else ""
