"""What is wrong with an arc file: the faults with their places, and each key read by itself.

`FaultList` turns steps into a tree of YAML into lines and columns. `read_model` validates the
whole file with Pydantic and turns its errors into faults; bad keys are left out of what it hands
back, and remembered as bad, so that the rest can still be judged and no slip is told twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from soundscape.core.errors import Fault, nearest
from soundscape.library.arcs.model import ArcModel, NamedPhaseModel, PhaseDefaults, PhaseModel
from soundscape.library.arcs.values import Problem, Problems
from soundscape.library.units import shown
from soundscape.library.yamlfile import Node, Steps


def _keys(model: type[Any]) -> tuple[str, ...]:
    """The keys of a model, as the file writes them."""
    return tuple(info.alias or name for name, info in model.model_fields.items())


_FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "arc": ("an arc", _keys(ArcModel)),
    "defaults": ("`defaults`", _keys(PhaseDefaults)),
    "mapping": ("a phase", _keys(PhaseModel)),
    "list": ("a phase", _keys(NamedPhaseModel)),
}


@dataclass(slots=True)
class FaultList:
    """The faults of one file so far, and the steps to every value that was bad."""

    where: str
    root: Node
    faults: list[Fault]
    bad: set[Steps] = field(default_factory=set)

    def any_bad(self, at: Steps, *keys: str) -> bool:
        """Whether one of these keys of a phase, or of the defaults, was bad already."""
        return any((*place, key) in self.bad for place in (at, ("defaults",)) for key in keys)

    def bad_inside(self, at: Steps) -> bool:
        return any(steps[: len(at)] == at for steps in self.bad)

    def problem(self, loc: Steps, problem: Problem) -> None:
        self.add((*loc, *problem.steps), problem.what, problem.do, problem.key)

    def add(self, steps: Steps, what: str, do: str = "", key: bool = False) -> None:
        place = self.root.find(steps, key)
        named = "" if key or not steps else _named(steps)
        self.faults.append(Fault(self.where, named + what, do, place.line, place.column))


def _named(steps: Steps) -> str:
    """The key a value belongs to, as the beginning of a message."""
    words = [step for step in steps if isinstance(step, str)]
    return f"{shown(words[-1])}: " if words else ""


def read_model(found: FaultList, data: dict[str, Any]) -> ArcModel:
    """The model of the file, bad keys left out and noted as faults."""
    try:
        return ArcModel.model_validate(data)
    except ValidationError as error:
        # Misspelt keys first: a key that is misspelt is not missing as well.
        errors = sorted(error.errors(include_url=False), key=lambda e: e["type"] == "missing")
        for each in errors:
            loc = each["loc"]
            form = "arc"
            if loc[:1] == ("phases",) and len(loc) > 1:
                form, loc = str(loc[1]), (loc[0], *loc[2:])
            elif loc[:1] == ("defaults",) and len(loc) > 1:
                form = "defaults"
            _note(found, each["type"], loc, form, each.get("ctx", {}), each["input"])
            _mend(data, loc)
    return ArcModel.model_validate(data)


def _note(
    found: FaultList, kind: str, loc: Steps, form: str, ctx: dict[str, Any], value: object
) -> None:
    """One error of Pydantic's as faults, and its place as bad."""
    if kind == "missing" and loc in found.bad:
        return
    found.bad.add(loc)
    title, keys = _FORMS[form]
    if kind == "extra_forbidden":
        key = str(loc[-1])
        meant = nearest(key[:40], keys)
        if meant:
            found.bad.add((*loc[:-1], meant.split("`")[1]))
        do = meant or "its keys are " + ", ".join(f"`{word}`" for word in keys)
        found.add(loc, f"{shown(key)} is not a key of {title}", do, key=True)
    elif kind == "missing":
        found.add(loc[:-1], f"`{loc[-1]}` is missing from {title}", key=True)
    elif isinstance(ctx.get("error"), Problems):
        for problem in ctx["error"].problems:
            found.problem(loc, problem)
    elif loc == ("phases",):
        empty = value is None or value in ({}, [])
        given = "none" if empty else shown(value)
        found.add(loc, f"expected at least one phase, not {given}", key=True)
    else:
        found.add(loc, f"expected the keys of {title}, not {shown(value)}")


def _mend(data: dict[str, Any], loc: Steps) -> None:
    """Takes a bad key out of the data, or puts a stand-in where the model needs one."""
    here: Any = data
    for step in loc[:-1]:
        here = here[step]
    last = loc[-1]
    in_list = loc[0] == "phases" and len(loc) > 1 and isinstance(loc[1], int)
    if loc in (("name",), ("phases",)) or (in_list and len(loc) == 3 and last == "name"):
        here[last] = {"?": {}} if last == "phases" else "?"
    elif loc[0] == "phases" and len(loc) == 2:
        here[last] = {"name": "?"} if in_list else {}
    else:
        del here[last]
