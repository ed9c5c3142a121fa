"""`bindings.yaml` in the home: which pedal, and which free key, gives which cue.

It is read whole or not at all, with every fault in its place. `soundscape bind` writes it, and so
may a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from soundscape.controllers.buttons import KINDS, Binding, Kind
from soundscape.controllers.guard import LEAST_GUARD_S, MOST_GUARD_S
from soundscape.controllers.words import as_text, read_bound
from soundscape.core.cues.table import CUES
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.home import write_private
from soundscape.library.yamlfile import Node, Steps, load_yaml, read_file, sorted_faults
from soundscape.tui.keys import FREE, GUARD_S, Said

MOST = 200
"""Most pedals. No room has as many feet."""

HEAD = (
    "# Which pedal gives which cue. `soundscape bind` writes this file, and keeps no comment but "
    "this.\n# You may edit it; docs/pedals.md explains the keys.\n"
)


class _Pedal(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    cue: str = Field(description="the cue with its words, such as `soften 6`")
    note: int | None = Field(None, ge=0, le=127, description="a key or pad")
    control: int | None = Field(None, ge=0, le=127, description="a control, such as 64")
    program: int | None = Field(None, ge=0, le=127, description="a program, from 0")
    channel: int | None = Field(None, ge=1, le=16, description="1 to 16; leave it out for any")
    device: str = Field("", description="the device's name; leave it out for any")
    lets_go: bool = Field(True, description="whether the device tells that it was released")

    @model_validator(mode="after")
    def _one_kind(self) -> _Pedal:
        if len(self.kinds) != 1:
            given = ", ".join(f"`{kind}`" for kind in self.kinds) or "none"
            raise ValueError(f"expected one of `note`, `control` and `program`, not {given}")
        return self

    @property
    def kinds(self) -> list[Kind]:
        """Which of the three are given."""
        return [kind for kind in KINDS if getattr(self, kind) is not None]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    guard_s: float = Field(GUARD_S, ge=LEAST_GUARD_S, le=MOST_GUARD_S)
    pedals: list[_Pedal] = Field(default_factory=list, max_length=MOST)
    keys: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bindings:
    """The content of the file."""

    pedals: tuple[Binding, ...] = ()
    guard_s: float = GUARD_S
    keys: Mapping[str, Said] = field(default_factory=dict)

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
    node = load_yaml(read_file(path, "bindings"), str(path))
    plain = node.plain()
    if plain is None:
        return Bindings()
    try:
        found = _File.model_validate(plain)
    except ValidationError as error:
        faults = [_fault(each, node, str(path)) for each in error.errors(include_url=False)]
        raise InputError(sorted_faults([*faults, *_bad_cues(plain, node, str(path))])) from None
    faults = [*_bad_cues(plain, node, str(path)), *_twice(found, node, str(path))]
    if faults:
        raise InputError(sorted_faults(faults))
    keys = {key: read_bound(text) for key, text in found.keys.items()}
    return Bindings(tuple(map(_binding, found.pedals)), found.guard_s, keys)


def save_bindings(path: Path, bindings: Bindings) -> None:
    """Write the whole file, or nothing."""
    lines = [HEAD, f"guard_s: {bindings.guard_s:g}\n", "pedals:\n" if bindings.pedals else ""]
    lines += [f"  - {{{', '.join(_written(each))}}}\n" for each in bindings.pedals]
    lines += ["keys:\n" if bindings.keys else ""]
    lines += [f"  {key}: {_text(said)}\n" for key, said in bindings.keys.items()]
    write_private(path, "".join(lines))


def _text(said: Said) -> str:
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


def _binding(pedal: _Pedal) -> Binding:
    (kind,) = pedal.kinds
    number = getattr(pedal, kind)
    said = read_bound(pedal.cue)
    return Binding(kind, number, said, pedal.device, pedal.channel, pedal.lets_go)


def _button(binding: Binding) -> tuple[object, ...]:
    return (binding.device, binding.channel, binding.kind, binding.number)


def _fault(error: Any, node: Node, where: str) -> Fault:
    steps: Steps = tuple(error["loc"])
    name = str(steps[-1]) if steps else ""
    if error["type"] == "extra_forbidden":
        at = node.find(steps, key=True)
        known = list((_Pedal if len(steps) > 1 else _File).model_fields)
        do = nearest(name[:40], known) or "its keys are " + ", ".join(f"`{each}`" for each in known)
        return Fault(where, f"unknown key `{name[:40]}`", do, at.line, at.column)
    at = node.find(steps)
    if error["type"] == "missing":
        do = "write for example `cue: soften`"
        return Fault(where, f"`{name}` is missing from this pedal", do, at.line, at.column)
    what = str(error["msg"]).removeprefix("Value error, ")
    what = f"{name}: {what}" if name and not isinstance(steps[-1], int) else what
    return Fault(where, what, "", at.line, at.column)


def _bad_cues(plain: Any, node: Node, where: str) -> Iterator[Fault]:
    """Yield the faults of the cues, each in its place, whatever else is wrong with the file."""
    for steps, text in _cues(plain if isinstance(plain, dict) else {}):
        at, name = node.find(steps), steps[-1]
        try:
            said = read_bound(text)
        except InputError as error:
            for fault in error.faults:
                yield Fault(where, f"{name}: {fault.what}", fault.do, at.line, at.column)
            continue
        if steps[0] == "keys" and said.words and CUES[said.cue].asks_twice:
            what = (
                f"{name}: a key gives `{said.cue}` without words, since it asks for a second press"
            )
            yield Fault(where, what, f"write `{said.cue}`", at.line, at.column)
        if steps[0] == "keys" and name not in FREE:
            what = f"`{str(name)[:40]}` is not a key that can be bound"
            do = nearest(str(name)[:40], FREE) or f"the free keys are {', '.join(FREE)}"
            key = node.find(steps, key=True)
            yield Fault(where, what, do, key.line, key.column)


def _cues(plain: dict[str, Any]) -> Iterator[tuple[Steps, str]]:
    """Yield every cue of the file that is text, with its place."""
    pedals, keys = plain.get("pedals"), plain.get("keys")
    for number, pedal in enumerate(pedals if isinstance(pedals, list) else ()):
        text = pedal.get("cue") if isinstance(pedal, dict) else None
        if isinstance(text, str):
            yield ("pedals", number, "cue"), text
    for key, text in keys.items() if isinstance(keys, dict) else ():
        if isinstance(text, str):
            yield ("keys", key), text


def _twice(found: _File, node: Node, where: str) -> Iterator[Fault]:
    first: dict[tuple[object, ...], int] = {}
    for number, pedal in enumerate(found.pedals):
        (kind,) = pedal.kinds
        button = (pedal.device, pedal.channel, kind, getattr(pedal, kind))
        at = node.find(("pedals", number))
        if button in first:
            what = f"this button already gives a cue (line {first[button]})"
            yield Fault(where, what, "keep one", at.line, at.column)
        first.setdefault(button, at.line)
