"""What is wrong with an arc file so far, and its model without the keys that are bad.

A bad key is left out and remembered as bad, so that the rest can still be judged and no slip is
told twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from soundscape.core.errors import Fault
from soundscape.library.arcs.model import ArcModel
from soundscape.library.filemodel import fault_at, faults_of, refusals
from soundscape.library.yamlfile import Node, Steps


@dataclass(slots=True)
class FaultList:
    """The faults of one file so far, and the steps to every key that was bad."""

    where: str
    root: Node
    faults: list[Fault]
    bad: set[Steps] = field(default_factory=set)

    def any_bad(self, at: Steps, *keys: str) -> bool:
        """Whether one of these keys of a phase, or of the defaults, was bad already."""
        return any((*place, key) in self.bad for place in (at, ("defaults",)) for key in keys)

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
