"""A session in a few plain sentences, every figure of them from what was heard and said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from soundscape.core.arc import Arc
from soundscape.core.text import lasting, plain
from soundscape.journal.story import Heard, Story

AS_PLANNED_S = 60.0
"""A session that differs by less than this from its arc is as long as planned."""

SAID = {
    "soften": "softened",
    "lift": "lifted",
    "restore": "brought back to the arc's own level",
    "pause": "paused",
    "silence": "brought to silence",
    "talk": "taken under the voices",
    "hold": "held",
    "extend": "made longer",
    "shorten": "made shorter",
    "next": "moved on to another track",
    "transition": "moved on to another phase",
    "ambience": "given another ambience",
    "stop": "stopped",
}
"""What a cue did, as a sentence has it; the others say nothing of how the music was bent."""


def summary(story: Story, arc: Arc, zero_s: float | None, unheard_s: float) -> list[str]:
    """Sentences about a session. `zero_s` is when its arc began to count (the dose, or 0), None
    where it never did; `unheard_s` are seconds without sound that nobody had chosen."""
    told = [_length(story, arc, zero_s), _music(story.heard)]
    told += _bent(story)
    marks = _by_phase(story, [mark.at_s for mark in story.marks])
    if marks:
        told.append(f"Marked {marks}.")
    if unheard_s >= 1.0:
        told.append(
            f"Nothing was heard for {lasting(round(unheard_s))}, though nobody asked for silence."
        )
    if story.faults:
        many = "1 thing" if len(story.faults) == 1 else f"{len(story.faults)} things"
        told.append(f"{many} went wrong; the table says what and when.")
    if story.length_s is None:
        told.append("The journal is open: the session is still running, or broke off.")
    return told


def _length(story: Story, arc: Arc, zero_s: float | None) -> str:
    ends = [each.to_s for each in story.heard if each.to_s is not None]
    length_s = story.length_s if story.length_s is not None else max(ends, default=0.0)
    text = f"{lasting(length_s)} long"
    timed = [phase for phase in arc.phases if not phase.booster]
    waits = [phase for phase in timed if phase.until == "cue"]
    if zero_s is None or waits or story.length_s is None:
        return f"{text}."
    planned_s = sum(phase.length_s for phase in timed if not phase.open_ended)
    more_s = length_s - zero_s - planned_s
    if abs(more_s) < AS_PLANNED_S:
        return f"{text}, as planned."
    way = "longer" if more_s > 0 else "shorter"
    return f"{text}, {lasting(abs(more_s))} {way} than planned."


def _music(heard: Sequence[Heard]) -> str:
    music = [each for each in heard if each.layer == "music"]
    tracks = len({each.path for each in music})
    if not tracks:
        return "No music was heard."
    seconds = union_s([(each.from_s, each.to_s) for each in music if each.to_s is not None])
    return f"Music was heard for {lasting(seconds)}: {tracks} track{'s' * (tracks != 1)}."


def _bent(story: Story) -> list[str]:
    told: list[str] = []
    for name, did in SAID.items():
        where = _by_phase(story, [cue.at_s for cue in story.cues if cue.ok and cue.name == name])
        if where:
            told.append(f"{did[0].upper()}{did[1:]} {where}.")
    return told


def _by_phase(story: Story, times_s: Sequence[float]) -> str:
    """How often, and in which phases: "twice in peak, once in return"; "" for never."""
    counts: dict[str, int] = {}
    for at_s in times_s:
        names = [phase.name for phase in story.phases if phase.start_s <= at_s]
        name = plain(names[-1]) if names else ""
        counts[name] = counts.get(name, 0) + 1
    return ", ".join(
        f"{_times(count)} in {name}" if name else f"{_times(count)} before the start"
        for name, count in counts.items()
    )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def union_s(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds that at least one of the spans covers: in a seam two sound at once."""
    total = 0.0
    reached = float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total
