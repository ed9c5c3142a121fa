"""What a check found, what it looked at, the verdict on all of it, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from soundscape.core.text import plain, quoted
from soundscape.core.track import Track

Severity = Literal["stop", "warning"]
"""`stop` means that the session is not ready; a `warning` is shown and the session is ready."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that needs attention.

    `kind` is shared by findings of one sort. `what` is a sentence without its full stop. `where` is
    the file, playlist, phase or device concerned. `do` says what to do; a command in it can be
    typed as it stands.
    """

    kind: str
    what: str
    where: str
    severity: Severity
    do: str


@dataclass(frozen=True, slots=True)
class Looked:
    """One check's answer. `said` tells in one line what was looked at and how it is. `done` is
    false if there was nothing to look at, or if the system does not tell."""

    check: str
    said: str
    findings: tuple[Finding, ...] = ()
    done: bool = True

    @property
    def result(self) -> Severity | Literal["ok", "skipped"]:
        """The gravest of its findings; `ok` without any, `skipped` if nothing was looked at."""
        found = {finding.severity for finding in self.findings}
        if found:
            return "stop" if "stop" in found else "warning"
        return "ok" if self.done else "skipped"


@dataclass(frozen=True, slots=True)
class Verdict:
    """All answers, in the order of the checks."""

    looked: tuple[Looked, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that needs attention; what prevents the session comes first."""
        return (*self._of("stop"), *self._of("warning"))

    @property
    def ready(self) -> bool:
        """Whether the session can begin."""
        return not any(self._of("stop"))

    def _of(self, severity: Severity) -> Iterator[Finding]:
        for looked in self.looked:
            yield from (each for each in looked.findings if each.severity == severity)


def title_of(track: Track) -> str:
    """Write a title in quotation marks, on one line."""
    return quoted(plain(track.title))
