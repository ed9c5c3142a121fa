"""What a check receives: the arc with its music and plan, the home, the device, the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from soundscape.core.arc import Arc
from soundscape.core.errors import Fault
from soundscape.core.plan import Plan
from soundscape.core.ports import Clock
from soundscape.core.track import Track
from soundscape.home import Home
from soundscape.library.catalog import Gathered
from soundscape.library.measure.findings import About
from soundscape.library.measure.workers import Measured
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
