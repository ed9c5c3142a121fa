"""A journal as a story: phases, what was heard and when, cues, marks, faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from soundscape.core.arc import Arc
from soundscape.core.events import (
    Asked,
    Chosen,
    Closed,
    Dosed,
    Faulted,
    HeardFrom,
    HeardTo,
    Marked,
    PhaseEntered,
    Stamp,
    Started,
    Undone,
    Value,
)
from soundscape.core.machine_facts import Recovered, Suspended, VolumeMoved
from soundscape.core.text import plain
from soundscape.core.track import Track
from soundscape.journal.notes import Remark
from soundscape.journal.reader import Journal


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of a file that was heard.

    Both ends are on all clocks: seconds from the start (`..._s`) and from the dose (`arc_s`, None
    before it), wall time, and the position in the file (`position_s`). An end is None while the
    track still sounds, or if it is not known. `token` distinguishes the playings of one track;
    `intensity` is None for an ambience.
    """

    layer: str
    path: str
    title: str
    phase: str
    from_s: float
    to_s: float | None
    position_s: float
    wall: str
    arc_s: float | None
    to_position_s: float | None = None
    to_wall: str | None = None
    to_arc_s: float | None = None
    why: str = ""
    artist: str = ""
    intensity: float | None = None
    token: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class PhaseStory:
    """A phase as it was played."""

    name: str
    stage: str
    start_s: float
    end_s: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class CueStory:
    """A cue as it was given and answered. `by` names its giver if nobody in the room gave it: the
    rehearsal."""

    at_s: float
    name: str
    args: Mapping[str, Value]
    answer: str
    ok: bool
    by: str = ""


@dataclass(frozen=True, slots=True)
class MarkStory:
    """A mark, with the words of its note if they are kept."""

    at_s: float
    mark: int
    person: str
    note: str


@dataclass(frozen=True, slots=True)
class DoseStory:
    """When the medicine was taken, and by whom; by all if `person` is ""."""

    at_s: float
    person: str


@dataclass(frozen=True, slots=True)
class FaultStory:
    """Something that went wrong."""

    at_s: float
    what: str
    where: str
    done: str


@dataclass(frozen=True, slots=True)
class GapStory:
    """A gap in which nothing played and nobody looked; the session came back after it."""

    from_s: float
    to_s: float
    from_wall: str
    to_wall: str
    what: str
    estimated: bool = False


@dataclass(slots=True)
class Story:
    """The story of one session. Times in seconds from its start; `started`, `ended` are ISO 8601.

    `avoid` lists what the session left out in addition to its arc's own list. `doses` holds the
    last statement about each person.
    """

    session: str
    arc: str
    started: str | None = None
    ended: str | None = None
    length_s: float | None = None
    reason: str = ""
    series: str = ""
    avoid: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    phases: list[PhaseStory] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    cues: list[CueStory] = field(default_factory=list)
    doses: list[DoseStory] = field(default_factory=list)
    marks: list[MarkStory] = field(default_factory=list)
    faults: list[FaultStory] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    gaps: list[GapStory] = field(default_factory=list)

    @property
    def closed_words(self) -> str:
        """Why it was closed, in the same words in timeline, tables and report."""
        words = {"end": "by `end`", "stop": "by `stop`", "arc": "the arc was over"}
        return words.get(self.reason, plain(self.reason))

    def as_json(self) -> dict[str, Any]:
        """Return what `log show --json` prints."""
        return asdict(self)


def tell(journal: Journal, notes: Mapping[str, str], remarks: Iterable[Remark] = ()) -> Story:
    """Make the story from a journal; `notes` are the words of its marks, `remarks` later ones."""
    opened = journal.opened
    arc = opened.arc
    story = Story(opened.code, arc.name, series=opened.series, avoid=opened.avoid)
    story.persons = opened.persons
    story.remarks = sorted(remarks, key=lambda each: (each.at_s is not None, each.at_s or 0.0))
    sounding: dict[tuple[str, int], int] = {}
    chosen: dict[int, Track] = {}
    for entry in journal.entries:
        at_s, fact = entry.stamp.at_s, entry.fact
        match fact:
            case Started():
                story.started = entry.stamp.wall
            case PhaseEntered():
                # After an undo a phase counts from before its successor; it is entered only now.
                before = story.phases[-1].start_s if story.phases else 0.0
                start_s = fact.started_s if fact.started_s >= before else at_s
                _end_phase(story, start_s)
                name, stage = _phase(arc, fact.phase)
                story.phases.append(PhaseStory(name, stage, start_s, None, fact.reason))
            case Chosen():
                chosen[fact.token] = fact.item.track
            case HeardFrom():
                sounding[fact.layer, fact.token] = len(story.heard)
                name, _ = _phase(arc, fact.phase)
                wall, arc_s = _back(entry.stamp, at_s - fact.at_s)
                track = chosen.get(fact.token) if fact.layer == "music" else None
                story.heard.append(
                    Heard(
                        fact.layer,
                        fact.path,
                        fact.title,
                        name,
                        fact.at_s,
                        None,
                        fact.position_s,
                        wall,
                        arc_s,
                        artist=track.artist if track else "",
                        intensity=track.intensity if track else None,
                        token=fact.token,
                    )
                )
            case HeardTo():
                index = sounding.pop((fact.layer, fact.token), None)
                if index is not None:
                    wall, arc_s = _back(entry.stamp, at_s - fact.at_s)
                    story.heard[index] = replace(
                        story.heard[index],
                        to_s=fact.at_s,
                        to_position_s=fact.position_s,
                        to_wall=wall,
                        to_arc_s=arc_s,
                        why=fact.why,
                        estimated=fact.estimated,
                    )
            case Asked():
                cue = CueStory(at_s, fact.cue, dict(fact.args), fact.answer, fact.ok, fact.by)
                story.cues.append(cue)
            case Marked():
                words = notes.get(fact.note, "")
                story.marks.append(MarkStory(at_s, fact.mark, fact.person, words))
            case Dosed():
                story.doses.append(DoseStory(fact.at_s, fact.person))
            case Undone():
                # What was undone was not meant: it is no longer a mark or a dose.
                for aspect, told in (("mark", story.marks), ("dose", story.doses)):
                    if aspect in fact.changed and told:
                        told.pop()
            case VolumeMoved():
                story.faults.append(FaultStory(at_s, fact.told(), "", fact.done))
            case Faulted():
                story.faults.append(FaultStory(at_s, fact.what, fact.where, fact.done))
            case Suspended() | Recovered():
                about = isinstance(fact, Recovered) and fact.estimated
                ends = (fact.from_s, fact.to_s, fact.from_wall, fact.to_wall)
                story.gaps.append(GapStory(*ends, fact.what, about))
                story.faults.append(FaultStory(fact.to_s, fact.what, "", "came back softly"))
            case Closed():
                story.ended, story.reason = entry.stamp.wall, fact.reason
                story.length_s = at_s
                _end_phase(story, at_s)
    story.doses = list({dose.person: dose for dose in story.doses}.values())
    return story


def _end_phase(story: Story, at_s: float) -> None:
    if story.phases and story.phases[-1].end_s is None:
        story.phases[-1] = replace(story.phases[-1], end_s=at_s)


def _phase(arc: Arc, index: int) -> tuple[str, str]:
    """Return a phase's name and stage; "" for none, and for one that this arc does not have."""
    if not 0 <= index < len(arc.phases):
        return "", ""
    return arc.phases[index].name, arc.phases[index].stage


def _back(stamp: Stamp, seconds: float) -> tuple[str, float | None]:
    """Return wall time and arc time so many seconds before a stamp."""
    arc_s = None if stamp.arc_s is None else stamp.arc_s - seconds
    try:
        wall = datetime.fromisoformat(stamp.wall) - timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return stamp.wall, arc_s
    return wall.isoformat(timespec="milliseconds"), arc_s
