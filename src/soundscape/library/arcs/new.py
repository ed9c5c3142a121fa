"""A new arc's file out of one that is there: as it is written, remarks and all, with what was
asked for in its place.

Nothing is read and written anew: only the words that differ are exchanged, each where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Literal

from soundscape.core.arc import Arc, Phase
from soundscape.core.errors import Fault, InputError
from soundscape.library.arcs.load import parse_arc
from soundscape.library.units import format_duration, parse_duration
from soundscape.library.yamlfile import Node, load_yaml

Ending = Literal["talk", "silence"]
_Edit = tuple[int, int, str]
"""From and to which place of the text stands what gives way to other words."""
ENDING_SHARE = 0.15
"""How long the phase is that is added where a template ends otherwise, beside the others: about a
quarter of an hour of a session of two."""
COARSE_S = 30 * 60.0
"""From so long an arc on its phases last whole minutes."""

HEAD = """\
# A starting point to edit, not a protocol. Made by `soundscape arc new` from {template}.
#
#   soundscape arc show {file}     draws it
#   soundscape arc check {file}    lists whatever is wrong with it
#   soundscape rehearse {file}     plays it in a second, with cues to try
#
# A phase's `minutes` is how long it lasts. `intensity`, 0 to 1, is how activating its music is and
# never how loud; `level` is how loud, in dB below the room's comfort level, and never picks music.
# What `about`, `source` and the remarks say is still the template's: write your own.
"""


@dataclass(frozen=True, slots=True)
class NewArc:
    """What a new arc is to be. `length_s` counts from the dose, where there is one; None of either
    is as the template has it."""

    name: str
    file: str
    length_s: float | None = None
    persons: int | None = None
    ending: Ending | None = None


def length_s(arc: Arc) -> float:
    """How long an arc is from its dose, or from its start where it waits for none."""
    return sum(phase.length_s for phase in _counted(arc))


def ending(arc: Arc) -> Ending:
    """Whether an arc ends in silence, or else in words."""
    return "silence" if arc.phases[-1].silence else "talk"


def new_arc(template: Path, wanted: NewArc) -> str:
    """The text of the new file. Raises `InputError` where the arc cannot become what is wanted."""
    text = template.read_text("utf-8")
    arc = parse_arc(text, str(template))
    text = _headed(text, template, wanted)
    text = _named(text, wanted.name)
    if wanted.persons is not None:
        text = _for_persons(text, wanted.persons)
    if wanted.ending is not None:
        text = _ending(text, arc, wanted.ending)
    if wanted.length_s is not None:
        text = _scaled(text, wanted.length_s)
    try:
        parse_arc(text, wanted.file)
    except InputError as error:
        told = "; ".join(dict.fromkeys(fault.what for fault in error.faults))
        what = f"{template.stem} cannot be made what was asked for: {told}"
        do = "ask for a longer one, or write the phases by hand"
        raise InputError([Fault(wanted.file, what, do)]) from None
    return text


def _counted(arc: Arc) -> list[Phase]:
    """The phases that make an arc's length: none that waits for the dose, and no booster."""
    return [phase for phase in arc.phases if phase.until != "dose" and not phase.booster]


def _headed(text: str, template: Path, wanted: NewArc) -> str:
    """The new head in place of an editor's line, whose schema does not lie beside the new file."""
    lines = text.splitlines(keepends=True)
    while lines and (
        lines[0].startswith("# yaml-language-server") or lines[0].strip() in ("#", "")
    ):
        lines.pop(0)
    head = HEAD.format(template=f"`{template.stem}`", file=wanted.file)
    return head + ("#\n" if lines and lines[0].startswith("#") else "\n") + "".join(lines)


def _named(text: str, name: str) -> str:
    old = load_yaml(text, "the template").find(("name",))
    return text[: old.start] + _quoted(name) + text[old.end :]


def _quoted(text: str) -> str:
    """A text as YAML takes it on one line."""
    plain = re.fullmatch(r"[^\W\d_][\w ,.()-]*", text) and not text.endswith(" ")
    special = text.casefold() in ("true", "false", "null", "yes", "no", "on", "off")
    return text if plain and not special else "'" + text.replace("'", "''") + "'"


def _for_persons(text: str, persons: int) -> str:
    """With `persons` for two, or without for one."""
    tree = load_yaml(text, "the template")
    assert isinstance(tree.value, dict)
    has = "persons" in tree.value
    lines = text.splitlines(keepends=True)
    if persons == 1 and has:
        gone = [tree.value[key][0].line - 1 for key in ("persons", "follow") if key in tree.value]
        return "".join(line for place, line in enumerate(lines) if place not in gone)
    if persons == 2 and not has:
        before = _first_remark_above(lines, tree.value["phases"][0].line - 1)
        lines.insert(
            before,
            "# Two people, by letters: `dose A`, `mark --person B`. The arc counts from the dose\n"
            "# of the first; `follow: B` makes it the other's.\n"
            "persons: [A, B]\n\n",
        )
    return "".join(lines)


def _first_remark_above(lines: list[str], place: int) -> int:
    """The first line of the remarks that stand right above a line."""
    while place and lines[place - 1].startswith("#"):
        place -= 1
    return place


def _ending(text: str, arc: Arc, wanted: Ending) -> str:
    """With a last phase of the wanted kind; one is added where there is none."""
    last = arc.phases[-1]
    if last.silence if wanted == "silence" else last.mode == "talk" and not last.silence:
        return text
    tree = load_yaml(text, "the template")
    assert isinstance(tree.value, dict)
    phases = tree.value["phases"][1]
    if not isinstance(phases.value, dict):
        do = "leave --ending out, or write the phases by name"
        raise InputError([Fault("--ending", "the template has its phases in a list", do)])
    taken = set(phases.value)
    seconds = max(round(length_s(arc) * ENDING_SHARE / 60.0) * 60.0, 15.0)
    first = {"talk": "talk together", "silence": "silence"}[wanted]
    names = chain([first], (f"{first} {number}" for number in count(2)))
    name = next(each for each in names if each not in taken)
    keys = [f"stage: integration, minutes: {_minutes(seconds)}"]
    if wanted == "silence":
        remark = "a silence that is meant: no music and no ambience"
        keys.append("silence: true")
    else:
        remark = "under the voices"
        music = next((p for p in reversed(arc.phases) if p.playlists), None)
        keys.append(
            f"playlist: {music.playlists[0]}, intensity: 0.1" if music else "ambience: rain"
        )
        keys.append("mode: talk")
    indent = " " * (next(iter(phases.value.values()))[0].column - 1)
    added = f"{indent}{name}: {{{', '.join(keys)}}}   # {remark}\n"
    lines = text.splitlines(keepends=True)
    later = [key.line for key, _ in tree.value.values() if key.line > tree.value["phases"][0].line]
    end = _first_remark_above(lines, min(later) - 1) if later else len(lines)
    if end == len(lines) and lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    lines.insert(end, added)
    return "".join(lines)


def _scaled(text: str, length: float) -> str:
    """With every phase after the dose as much longer or shorter as the whole is."""
    arc = parse_arc(text, "the template")
    share = length / length_s(arc)
    grid = 60.0 if length >= COARSE_S else 5.0
    tree = load_yaml(text, "the template")
    new = {
        phase.name: max(round(phase.length_s * share / grid), 1) * grid for phase in _counted(arc)
    }
    longest = max(new, key=lambda name: new[name])
    # What the rounding of all of them comes to is hidden best in the longest.
    new[longest] = max(new[longest] + length - sum(new.values()), grid)
    edits: list[_Edit] = []
    old_s = new_s = 0.0
    for at, name in _phase_places(tree):
        if name not in new:
            continue
        old = next(phase.length_s for phase in arc.phases if phase.name == name)
        edits += _longer(text, tree.find(at), old, new[name])
        edits += _told_times(text, tree.find(at), (old_s, old_s + old), (new_s, new_s + new[name]))
        old_s, new_s = old_s + old, new_s + new[name]
    return _put(text, edits)


def _longer(text: str, phase: Node, old: float, new: float) -> Iterator[_Edit]:
    """A phase of `old` seconds made `new` ones long, and its curve by minute with it."""
    assert isinstance(phase.value, dict)
    if "minutes" in phase.value:
        yield _in_place(text, phase.value["minutes"][1], _minutes(new))
    else:
        yield _first_key(text, phase, f"minutes: {_minutes(new)}")
    shape = phase.value["intensity"][1].value if "intensity" in phase.value else None
    if isinstance(shape, dict):
        moved = [parse_duration(written) * new / old for written in shape]
        whole = [round(each / 60.0) * 60.0 for each in moved]
        # Whole minutes, where that leaves the points apart and within the phase.
        fits = len(set(whole)) == len(whole) and whole[-1] <= new and new >= COARSE_S / 3
        points = whole if fits else [min(round(each), int(new)) for each in moved]
        for (key, _), point in zip(shape.values(), points, strict=True):
            yield _in_place(text, key, f"{point / 60:g}" if point % 60 == 0 else f"{point:g} s")


def _told_times(
    text: str, phase: Node, old: tuple[float, float], new: tuple[float, float]
) -> Iterator[_Edit]:
    """A remark beside a phase's minutes that tells where it lies, such as `# 12 to 25`."""
    assert isinstance(phase.value, dict)
    if "minutes" in phase.value:
        told = " to ".join(f"{each / 60:g}" for each in old)
        beside = re.compile(rf"[^#\n]*#\s*({re.escape(told)})\b")
        if found := beside.match(text, phase.value["minutes"][1].start):
            yield found.start(1), found.end(1), " to ".join(f"{each / 60:g}" for each in new)


def _phase_places(tree: Node) -> Iterator[tuple[tuple[str | int, ...], str]]:
    phases = tree.find(("phases",)).value
    if isinstance(phases, dict):
        for name in phases:
            yield ("phases", name), name
    elif isinstance(phases, list):
        for place, _ in enumerate(phases):
            yield ("phases", place), str(tree.find(("phases", place, "name")).value)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:g}" if seconds % 60 == 0 else format_duration(seconds)


def _in_place(text: str, old: Node, new: str) -> _Edit:
    beside = re.compile(r" {2,}#").match(text, old.end)  # A remark keeps its column.
    return old.start, old.end, new.ljust(old.end - old.start) if beside else new


def _first_key(text: str, phase: Node, key: str) -> _Edit:
    """One key more, the first of a phase."""
    if text[phase.start] == "{":
        return phase.start + 1, phase.start + 1, f"{key}, "
    return phase.start, phase.start, f"{key}\n{' ' * (phase.column - 1)}"


def _put(text: str, edits: list[_Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
