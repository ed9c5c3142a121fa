"""What a check found, what it looked at, and the verdict over all of them. Values only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Severity = Literal["stop", "warning"]
"""`stop` keeps a session from `ready`; a `warning` is told, and it is ready all the same."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that needs attention.

    `kind` is a word that findings of one sort share; `what` a sentence without its full stop,
    `where` the file, playlist, phase or device it is about, `do` what to do, as it can be typed
    where it is a command.
    """

    kind: str
    what: str
    where: str
    severity: Severity
    do: str


@dataclass(frozen=True, slots=True)
class Looked:
    """One check's answer: `said` is what was looked at and how it stands, in one line; `done` is
    false where there was nothing to look at, or nothing that tells."""

    check: str
    said: str
    findings: tuple[Finding, ...] = ()
    done: bool = True

    @property
    def result(self) -> Severity | Literal["ok", "skipped"]:
        """The gravest of its findings; `ok` without any, `skipped` where nothing was looked at."""
        found = {finding.severity for finding in self.findings}
        if found:
            return "stop" if "stop" in found else "warning"
        return "ok" if self.done else "skipped"


@dataclass(frozen=True, slots=True)
class Verdict:
    """All answers, in the order they were asked for."""

    looked: tuple[Looked, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that needs attention, what keeps from `ready` first."""
        return (*self._of("stop"), *self._of("warning"))

    @property
    def ready(self) -> bool:
        """Whether the session can begin."""
        return not any(self._of("stop"))

    def _of(self, severity: Severity) -> Iterator[Finding]:
        for looked in self.looked:
            yield from (each for each in looked.findings if each.severity == severity)
