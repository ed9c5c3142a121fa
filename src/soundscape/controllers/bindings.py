"""`bindings.yaml` in the home: which pedal, and which free key, gives which cue.

Read whole or not at all, with every fault in its place; written by `soundscape controllers add`,
and by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field, PlainValidator, model_validator
from pydantic_core import PydanticKnownError

from soundscape.controllers.presses import (
    KINDS,
    LEAST_GUARD_S,
    MOST_GUARD_S,
    Binding,
    Kind,
    as_text,
    read_bound,
)
from soundscape.core.cues.table import CUES
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.text import typed
from soundscape.home import write_private
from soundscape.library.filemodel import FileModel, parse_model, problem, problems
from soundscape.library.yamlfile import Node, read_file, sorted_faults
from soundscape.tui.keys import FREE, GUARD_S, CueKeyed

MOST = 200
"""Most pedals. No room has as many feet."""

HEAD = (
    "# Which pedal gives which cue. `soundscape controllers` writes this file, and keeps no "
    "comment but this;\n# it may be edited: docs/guides/pedals.md tells the keys.\n"
)


def _cue(text: object) -> CueKeyed:
    if not isinstance(text, str):
        raise PydanticKnownError("string_type")
    try:
        return read_bound(text)
    except InputError as error:
        raise problems(*(((), problem(each.what, each.do)) for each in error.faults)) from None


def _key(name: str) -> str:
    if name not in FREE:
        do = nearest(name[:40], FREE) or f"there are {', '.join(FREE)}"
        raise problem(f"{typed(name)} is not a key that can be bound", do)
    return name


def _asks_once(said: CueKeyed) -> CueKeyed:
    if said.words and CUES[said.cue].asks_twice:
        what = f"a key gives `{said.cue}` without words, since it asks for a second press"
        raise problem(what, f"write `{said.cue}`")
    return said


Cue = Annotated[CueKeyed, PlainValidator(_cue)]


class PedalModel(FileModel):
    """One pedal and what it says."""

    model_config = ConfigDict(strict=True)
    form: ClassVar[str] = "the keys of a pedal"
    missing: ClassVar[str] = "{} is missing from this pedal"

    cue: Cue = Field(examples=["soften"], description="the cue with its words, such as `soften 6`")
    note: int | None = Field(None, ge=0, le=127, description="a key or pad")
    control: int | None = Field(None, ge=0, le=127, description="a control, such as 64")
    program: int | None = Field(None, ge=0, le=127, description="a program, from 0")
    channel: int | None = Field(None, ge=1, le=16, description="1 to 16; leave it out for any")
    device: str = Field("", description="the device's name; leave it out for any")
    lets_go: bool = Field(True, description="whether the device tells that it was released")

    @model_validator(mode="after")
    def _one_kind(self) -> PedalModel:
        if len(self.kinds) != 1:
            given = ", ".join(f"`{kind}`" for kind in self.kinds) or "none"
            what = f"expected one of `note`, `control` and `program`, not {given}"
            raise problem(what, key=True)
        return self

    @property
    def kinds(self) -> list[Kind]:
        """Which of the three are given."""
        return [kind for kind in KINDS if getattr(self, kind) is not None]

    def binding(self) -> Binding:
        """The value the pedals work with."""
        (kind,) = self.kinds
        number = getattr(self, kind)
        return Binding(kind, number, self.cue, self.device, self.channel, self.lets_go)


class BindingsModel(FileModel):
    """The whole file."""

    model_config = ConfigDict(strict=True)

    guard_s: float = Field(GUARD_S, ge=LEAST_GUARD_S, le=MOST_GUARD_S)
    pedals: list[PedalModel] = Field(default_factory=list, max_length=MOST)
    keys: dict[Annotated[str, AfterValidator(_key)], Annotated[Cue, AfterValidator(_asks_once)]] = (
        Field(default_factory=dict)
    )


@dataclass(frozen=True, slots=True)
class Bindings:
    """The content of the file."""

    pedals: tuple[Binding, ...] = ()
    guard_s: float = GUARD_S
    keys: Mapping[str, CueKeyed] = field(default_factory=dict)

    def with_pedal(self, new: Binding) -> Bindings:
        """Add a binding; it replaces an earlier one of the same button."""
        kept = tuple(each for each in self.pedals if _button(each) != _button(new))
        return replace(self, pedals=(*kept, new))

    def without(self, gone: tuple[Binding, ...]) -> Bindings:
        """Remove these bindings."""
        return replace(self, pedals=tuple(each for each in self.pedals if each not in gone))


def load_bindings(path: Path) -> Bindings:
    """Read the file; without one nothing is bound. Raises `InputError` with all of its faults."""
    if not path.exists():
        return Bindings()
    found, tree = parse_model(BindingsModel, read_file(path, "bindings"), str(path), named=str)
    pedals = tuple(pedal.binding() for pedal in found.pedals)
    if faults := list(_twice(pedals, tree, str(path))):
        raise InputError(sorted_faults(faults))
    return Bindings(pedals, found.guard_s, found.keys)


def save_bindings(path: Path, bindings: Bindings) -> None:
    """Write the whole file, or nothing."""
    lines = [HEAD, f"guard_s: {bindings.guard_s:g}\n", "pedals:\n" if bindings.pedals else ""]
    lines += [f"  - {{{', '.join(_written(each))}}}\n" for each in bindings.pedals]
    lines += ["keys:\n" if bindings.keys else ""]
    lines += [f"  {key}: {_text(said)}\n" for key, said in bindings.keys.items()]
    write_private(path, "".join(lines))


def _text(said: CueKeyed) -> str:
    return json.dumps(as_text(said), ensure_ascii=False)


def _written(binding: Binding) -> Iterator[str]:
    if binding.device:
        yield f"device: {json.dumps(binding.device, ensure_ascii=False)}"
    if binding.channel is not None:
        yield f"channel: {binding.channel}"
    yield f"{binding.kind}: {binding.number}"
    yield f"cue: {_text(binding.said)}"
    if not binding.lets_go:
        yield "lets_go: false"


def _button(binding: Binding) -> tuple[object, ...]:
    return (binding.device, binding.channel, binding.kind, binding.number)


def _twice(pedals: tuple[Binding, ...], tree: Node, where: str) -> Iterator[Fault]:
    first: dict[tuple[object, ...], int] = {}
    for number, pedal in enumerate(pedals):
        at = tree.find(("pedals", number))
        if _button(pedal) in first:
            what = f"this button already gives a cue (line {first[_button(pedal)]})"
            yield Fault(where, what, "keep one", at.line, at.column)
        first.setdefault(_button(pedal), at.line)
