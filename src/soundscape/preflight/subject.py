"""What a check receives (arc, music, machine), what it answers (findings), and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from soundscape.core.arc import Arc
from soundscape.core.errors import Fault
from soundscape.core.plan import Plan
from soundscape.core.ports import Clock
from soundscape.core.text import plain, quoted
from soundscape.core.track import Track
from soundscape.home import Home
from soundscape.library.catalog import Gathered
from soundscape.library.measure.measured import About, Measured
from soundscape.preflight.supplies import SUPPLIES


@dataclass(frozen=True, slots=True)
class Places:
    """Where Linux describes the machine. Elsewhere these files are missing; the check says so."""

    mounts: Path = Path("/proc/self/mounts")
    supplies: Path = SUPPLIES
    sleep_states: Path = Path("/sys/power/state")
    time_zone: Path = Path("/etc/localtime")


@dataclass(frozen=True, slots=True)
class Music:
    """An arc with its music and the plan made from both.

    `reserve` lists the tracks that would follow the plan, in order. `decoded` maps a path to the
    result of decoding its file again.
    """

    arc: Arc
    gathered: Gathered
    plan: Plan
    reserve: tuple[Track, ...] = ()
    decoded: Mapping[str, Measured | Fault] = field(default_factory=dict)

    @property
    def played(self) -> tuple[Track, ...]:
        """The plan's tracks and the reserve, each once."""
        tracks = [item.track for item in self.plan.items]
        return tuple({track.path: track for track in (*tracks, *self.reserve)}.values())

    @property
    def further(self) -> Iterator[tuple[str, Track]]:
        """The other tracks of all playlists, each with its playlist: a cue may bring them in."""
        played = {track.path for track in self.played}
        for name, pool in self.gathered.pools.items():
            yield from ((name, track) for track in pool if track.path not in played)

    def about(self, track: Track) -> About:
        """What the library knows of a track's sound."""
        return self.gathered.about.get(track.path, About())

    @property
    def environment(self) -> tuple[Track, ...]:
        """The ambiences that the arc names, each once."""
        names = [phase.ambience.name for phase in self.arc.phases if phase.ambience]
        known = self.gathered.ambiences
        return tuple({known[name].path: known[name] for name in names if name in known}.values())


@dataclass(frozen=True, slots=True)
class Subject:
    """One run of `check`. `music` is None if the arc's music could not be loaded; `faults` then say
    why. `playing` is the code of a session that runs under this home, "" if none does."""

    arc_file: str
    arc: Arc
    home: Home
    clock: Clock
    music: Music | None = None
    faults: tuple[Fault, ...] = ()
    playing: str = ""
    device: str = ""
    tone: bool = False
    places: Places = Places()


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
