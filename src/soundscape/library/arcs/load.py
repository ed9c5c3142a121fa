"""An arc file into an `Arc`: the face of this folder's arc modules.

`load_arc` reads a file, `parse_arc` a text; both give an `Arc` with everything resolved, or raise
one InputError with every fault of the file in order of place. `arc_schema` is for editors.

The way down: `yamlfile` makes a tree with marks, `model` reads each key by itself, and here each
phase is completed from the arc's defaults and judged as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from soundscape.core.arc import (
    DEFAULT_CROSSFADE_S,
    DEFAULT_LEVEL_DB,
    OPEN_PHASE_S,
    STAGES,
    Arc,
    Curve,
    Phase,
    Stage,
)
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.text import value_text
from soundscape.library.arcs.model import (
    MAX_ARC_S,
    MAX_LEVEL_DB,
    MIN_LEVEL_DB,
    NAME,
    ArcModel,
    NamedPhaseModel,
    PhaseModel,
    TimedCurve,
    arc_schema,
)
from soundscape.library.filemodel import fault_at, faults_of, refusals
from soundscape.library.units import format_duration, parse_duration
from soundscape.library.yamlfile import Node, Steps, read_file, read_yaml, sorted_faults

__all__ = ["arc_schema", "load_arc", "parse_arc", "place_of_playlist"]


def load_arc(path: Path) -> Arc:
    """The arc in a file. Raises InputError with every fault of the file or of getting at it."""
    return parse_arc(read_file(path, "arc"), str(path))


def parse_arc(text: str | bytes, where: str) -> Arc:
    """The arc in a YAML text; `where` names it in messages. Raises InputError with every fault."""
    node, faults = read_yaml(text, where)
    arc = _arc(FaultList(where, node, faults)) if node else None
    if arc is None or faults:
        raise InputError(sorted_faults(faults))
    return arc


def place_of_playlist(path: Path, name: str) -> tuple[int, int] | None:
    """Line and column where an arc's file first names a playlist; None where it does not.

    The `Arc` itself has no places: the file is read again, since only a fault asks for one.
    """
    try:
        tree, _ = read_yaml(read_file(path, "arc"), str(path))
    except InputError:
        return None
    named = (at for at in _playlists(tree) if at.value == name) if tree else ()
    return next(((at.line, at.column) for at in named), None)


def _playlists(at: Node, *, here: bool = False) -> Iterator[Node]:
    """Whatever stands for a playlist in a tree, in the order of the file."""
    if isinstance(at.value, dict):
        for key, (_, value) in at.value.items():
            yield from _playlists(value, here=key in ("playlist", "playlists"))
    elif isinstance(at.value, list):
        for value in at.value:
            yield from _playlists(value, here=here)
    elif here:
        yield at


@dataclass(slots=True)
class FaultList:
    """The faults of one file so far, and the steps to every key that was bad: such a key is left
    out, so that the rest can still be judged and no slip is told twice."""

    where: str
    root: Node
    faults: list[Fault]
    bad: set[Steps] = field(default_factory=set)

    def bad_inside(self, at: Steps) -> bool:
        return any(steps[: len(at)] == at for steps in self.bad)

    def add(self, steps: Steps, what: str, do: str = "", key: bool = False) -> None:
        self.faults.append(fault_at(self.root, self.where, steps, what, do, key))

    def model(self) -> ArcModel | None:
        """What the file says, bad keys left out and noted; None where it is no mapping."""
        data = self.root.plain()
        try:
            return ArcModel.model_validate(data)
        except ValidationError as error:
            self.faults += faults_of(error, self.where, self.root)
            for refusal in refusals(error):
                if not (steps := refusal.steps):
                    return None
                key = steps[: {"phases": 3, "defaults": 2}.get(str(steps[0]), 1)]
                self.bad |= {key, (*key[:-1], refusal.meant or key[-1])}
        for each in sorted(self.bad, key=len, reverse=True):
            _mend(data, each)
        return ArcModel.model_validate(data)


def _mend(data: dict[str, Any], key: Steps) -> None:
    """Takes a bad key out of the data, or puts a stand-in where the model needs one."""
    *steps, last = key
    here: Any = data
    for step in steps:
        here = here[step]
    listed = steps[:1] == ["phases"] and isinstance(data["phases"], list)
    if key == ("phases",):
        here[last] = {"?": {}}
    elif steps == ["phases"]:
        here[last] = {"name": "?"} if listed else {}
    elif last == "name" and (listed or not steps):
        here[last] = "?"
    else:
        here.pop(last, None)


def _arc(found: FaultList) -> Arc | None:
    """The arc of a tree; None, or with new faults in `found`, where there is something wrong."""
    model = found.model()
    if model is None:
        return None
    drafts = [] if ("phases",) in found.bad else _drafts(model, found)
    phases = [draft.phase() for draft in drafts]
    _judge_together(drafts, phases, found)
    _judge_persons(model, drafts, found)
    if found.faults:
        return None
    return Arc(
        name=model.name,
        phases=tuple(phase for phase in phases if phase),
        about=model.about,
        source=model.source,
        level_db=model.level_db,
        library=model.library,
        persons=model.persons,
        follow=model.follow,
        private=model.private,
    )


def _judge_persons(model: ArcModel, drafts: list[_Draft], found: FaultList) -> None:
    """Whoever is followed or has a cap is among the persons."""
    do = "list them, such as `persons: [A, B]`"
    if model.follow and model.follow not in model.persons:
        found.add(("follow",), f"{model.follow} is not among the `persons`", do)
    capped: list[tuple[Steps, object]] = [((), model.cap)]
    capped += [(draft.at, draft.keys.cap) for draft in drafts]
    for at, cap in capped:
        for person in cap if isinstance(cap, dict) else ():
            if person not in model.persons:
                what = f"{person} has a cap and is not among the `persons`"
                found.add((*at, "cap", person), what, do, key=True)


def _drafts(model: ArcModel, found: FaultList) -> list[_Draft]:
    """The phases of the file, by name or from a list, with the names judged."""
    drafts = []
    by_name = model.phases if isinstance(model.phases, dict) else dict(enumerate(model.phases))
    for place, phase in by_name.items():
        name = phase.name if isinstance(phase, NamedPhaseModel) else str(place)
        drafts.append(_Draft(("phases", place), name, phase, model, found))
    first: dict[str, int] = {}
    for draft in drafts:
        draft.judge_name(first)
    return drafts


@dataclass(slots=True)
class _Draft:
    """A phase of the file on its way to a `Phase`: where it is written and what it says."""

    at: Steps
    name: str
    own: PhaseModel
    arc: ArcModel
    found: FaultList
    keys: PhaseModel = field(init=False)
    """Its own keys, and the arc's defaults where it has none."""

    def __post_init__(self) -> None:
        own, defaults = self.own, self.arc.defaults
        taken = defaults.model_fields_set - own.model_fields_set
        taken -= {"playlist", "playlists"} if own.silence or own.music else set()
        taken -= {"ambience"} if own.silence else set()
        update: dict[str, Any] = {name: getattr(defaults, name) for name in taken}
        update["avoid"] = tuple(dict.fromkeys((*defaults.avoid, *own.avoid)))
        self.keys = own.model_copy(update=update)

    def phase(self) -> Phase | None:
        """The phase; None where something is wrong with it."""
        if self.at in self.found.bad:
            return None
        before = len(self.found.faults)
        keys = self.keys
        length, curve, crossfade = self.length_s(), self._curve(), self._crossfade_s()
        level, stage, cap = self._level_db(), self._stage(), self._cap()
        self._judge_length()
        self._judge_sound(unshaped=curve is None)
        if len(self.found.faults) > before or self.found.bad_inside(self.at) or stage is None:
            return None
        curve = curve or Curve(((0.0, 0.0),))
        return Phase(
            name=self.name,
            stage=stage,
            length_s=length or 0.0,
            curve=curve.held_under(cap),
            playlists=keys.music,
            level_db=level,
            mode=keys.mode or "reflect",
            until=keys.until or "time",
            crossfade_s=crossfade,
            ambience=keys.ambience.value(),
            silence=keys.silence,
            avoid=keys.avoid,
            scene=keys.scene,
            booster=keys.only == "booster",
            voice=keys.voice,
            cap=cap,
            over_cap=max(0.0, curve.top - cap),
        )

    @property
    def booster(self) -> bool:
        return self.keys.only == "booster"

    def length_s(self) -> float | None:
        """How long the phase is; None where that is not known."""
        if (*self.at, "minutes") in self.found.bad:
            return None
        length = self.keys.length_s
        return OPEN_PHASE_S if length is None and self.keys.until else length

    def judge_name(self, first: dict[str, int]) -> None:
        """Faults of the name; `first` is the line of each name so far."""
        if not isinstance(self.own, NamedPhaseModel):
            try:
                NAME.read(self.name)
            except ValueError as error:
                self._fault("", f"a phase's name: {error}")
        elif self.at not in self.found.bad and not self._bad("name"):
            if self.name in first:
                line = first[self.name]
                what = f"a phase {value_text(self.name)} is here twice (first in line {line})"
                self.found.add((*self.at, "name"), what, "give each a name of its own")
            first.setdefault(self.name, self.found.root.find((*self.at, "name")).line)

    def _curve(self) -> Curve | None:
        shape, length = self.keys.shape, self.length_s()
        if length is None or not isinstance(shape, TimedCurve):
            return shape if isinstance(shape, Curve) else None
        place: Steps = (*(self.at if self.own.shape else ("defaults",)), "intensity")
        for key in self.found.root.find(place).plain():
            if parse_duration(key) > length:
                much = format_duration(length)
                what = (
                    f"{value_text(key)} lies beyond the phase {self._title()}, which is {much} long"
                )
                self.found.add((*place, key), what, key=True)
        return Curve(tuple((second / length, value) for second, value in shape.points))

    def _crossfade_s(self) -> float:
        crossfade = self.keys.crossfade_s or DEFAULT_CROSSFADE_S
        length = self.length_s()
        if length is None or crossfade <= length / 2 or self._bad("crossfade"):
            return crossfade
        if length < 4:
            self.found.add((*self.at, "minutes"), "a phase lasts at least 4 s")
            return crossfade
        longest = format_duration(length / 2)
        what = f"a crossfade of {format_duration(crossfade)} is more than half of the phase"
        if self.own.crossfade_s:
            self.found.add((*self.at, "crossfade"), what, f"at most {longest} fits")
        else:
            shared = self.keys.crossfade_s
            whose = "that of `defaults`" if shared else "what a phase has that names none"
            self._fault("", f"{what} ({whose})", f"write `crossfade: {longest}` or less")
        return crossfade

    def _cap(self) -> float:
        """The lowest of the phase's caps and the arc's; 1 where there is none."""
        caps = [1.0]
        for cap in (self.arc.cap, self.keys.cap):
            caps += cap.values() if isinstance(cap, dict) else [] if cap is None else [cap]
        return min(caps)

    def _level_db(self) -> float:
        given, whole = self.keys.level_db, self.arc.level_db
        level = DEFAULT_LEVEL_DB if given is None else given
        both = level + whole
        if not MIN_LEVEL_DB <= both <= MAX_LEVEL_DB:
            what = f"a level of {level:g} dB with the arc's {whole:+g} dB is {both:g} dB"
            do = "keep the sum between -60 dB and +6 dB"
            self._fault("" if self.own.level_db is None else "level", what, do)
        return level

    def _stage(self) -> Stage | None:
        if self.keys.stage:
            return self.keys.stage
        for stage in STAGES:
            if self.name == stage:
                return stage
        if not self._bad("stage", "name"):
            listed = ", ".join(f"`{stage}`" for stage in STAGES)
            hint = nearest(self.name[:40], STAGES)
            do = f"{hint} Or write `stage:` with one of {listed}".strip()
            what = f"{self._title()} is not a stage, so `stage` has to say what it is"
            self._fault("", what, do if hint else do.removeprefix("Or "))
        return None

    def _judge_sound(self, unshaped: bool) -> None:
        """A silence is one; any other phase sounds, and shapes its music."""
        music, placed = self.keys.music, self.keys.ambience.name not in ("", "off")
        if self.keys.silence:
            if music:
                self._fault("silence", "`silence: true` beside a playlist", "leave one of them out")
            if placed:
                do = "leave `silence` out for ambience alone"
                self._fault("silence", "`silence: true` beside an ambience", do)
            return
        if not (music or placed or self._bad("playlist", "playlists", "silence", "ambience")):
            what = f"phase {self._title()} has neither `playlist` nor `ambience`"
            self._fault("", what, "say `silence: true` if the silence is meant")
        if music and unshaped and not self._bad("intensity", "minutes"):
            what = f"`intensity` is missing from phase {self._title()}"
            self._fault("", what, "write for example `intensity: [0.2, 0.5]`")

    def _judge_length(self) -> None:
        """A phase says how long it is, or that it waits for a cue."""
        if self.length_s() is None and not self._bad("minutes", "until"):
            what = f"`minutes` is missing from phase {self._title()}"
            self._fault("", what, "write for example `minutes: 20`, or `until: cue`")

    def _title(self) -> str:
        place = self.at[-1]
        if isinstance(place, int) and self._bad("name"):
            return f"number {place + 1}"
        return value_text(self.name)

    def _bad(self, *keys: str) -> bool:
        """Whether one of these keys, or the same of the defaults, was bad already."""
        places = (self.at, ("defaults",))
        return any((*place, key) in self.found.bad for place in places for key in keys)

    def _fault(self, key: str, what: str, do: str = "") -> None:
        """A fault at one of the phase's keys, or at its name where `key` is empty."""
        self.found.add((*self.at, key) if key else self.at, what, do, key=True)


def _judge_together(drafts: list[_Draft], phases: list[Phase | None], found: FaultList) -> None:
    """What no phase can know alone: one dose, the length of all, and what a booster may do."""
    doses = [draft for draft in drafts if draft.keys.until == "dose"]
    for draft in doses:
        if draft is not doses[0]:
            line = found.root.find((*doses[0].at, "until")).line
            what = f"a second phase waits for the dose (the first is in line {line})"
            found.add((*draft.at, "until"), what, "write `until: cue`")
        if draft.booster:
            what = "a booster phase comes after the dose and cannot wait for it"
            found.add((*draft.at, "until"), what, "write `until: cue`, or only `minutes`")
    total = sum(draft.length_s() or 0.0 for draft in drafts)
    if total > MAX_ARC_S:
        what = f"the phases are {format_duration(total)} long together"
        found.add(("phases",), what, f"at most {format_duration(MAX_ARC_S)} are allowed", key=True)
    if drafts and all(draft.booster for draft in drafts):
        found.add(("phases",), "every phase is `only: booster`", "add the others", key=True)
    elif all(phases):
        _judge_boosters(drafts, [phase for phase in phases if phase], found)


def _judge_boosters(drafts: list[_Draft], phases: list[Phase], found: FaultList) -> None:
    """Booster phases make a session longer, never higher: neither fuller nor louder."""
    plain = [phase for phase in phases if not phase.booster]
    fullest = max((phase.curve.top for phase in plain), default=1.0)
    loudest = max((phase.output_level_db for phase in plain), default=MAX_LEVEL_DB)
    for draft, phase in zip(drafts, phases, strict=True):
        if phase.booster and phase.curve.top > fullest:
            what = f"a booster is longer, never higher: {phase.curve.top:g} is above the others"
            found.add((*draft.at, "intensity"), what, f"at most {fullest:g}")
        if phase.booster and phase.output_level_db > loudest:
            what = f"a booster is longer, never higher: {phase.level_db:g} dB is above the others"
            found.add((*draft.at, "level"), what, f"at most {loudest:g} dB")
