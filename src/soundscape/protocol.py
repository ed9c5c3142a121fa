"""What the processes of a session say to each other: every message, file and launch word, once.

| from | to | by |
|-|-|-|
| launcher | supervisor, engine | words of a command line: `EngineOutput`, `Wires`, `Adoption` |
| launcher, supervisor | engine | a line on its standard input: `EngineJob` |
| engine, sidecar | whoever started it | a line on its standard output: `StartAnswer` |
| engine | supervisor | lines in a pipe: `Pulse` |
| supervisor | `soundscape recover` | a file beside the journal: `Beat` |
| sidecar | commands, live screen | its file: `SidecarFile`, with facts of its kind |
| client | engine, sidecar | bodies of HTTP: `CueAsked`, `CueAnswered`, `PairingTicket` |

The standard library alone is imported: the supervisor loads next to nothing else. A cue's client
loads none of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, NotRequired, TypedDict

ENGINE = "soundscape.process.daemon"
ADOPT = "--adopt"
"""The supervisor's first word where an engine that lost its own starts it: `Adoption` follows."""


def run_module(module: str, *words: str) -> list[str]:
    """Return the command that runs a module of ours as a process."""
    return [sys.executable, "-P", "-m", module, *words]


class _Message:
    """A message that is one JSON object."""

    __slots__ = ()

    def as_json(self) -> str:
        """Write it as one line, without its end."""
        return json.dumps(asdict(self))  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class EngineOutput(_Message):
    """How a session sounds. `device` "" is the default one. `speed` is for null decks, and counts
    since the boot clock showed `since`."""

    out: str = "vlc"
    device: str = ""
    speed: float = 1.0
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Wires(_Message):
    """What the supervisor hands to an engine: descriptors of the heartbeat's pipe, the control
    port's socket and memory that outlives the engine; its own process id. A spare waits."""

    watch: int | None = None
    port: int | None = None
    memory: int | None = None
    supervisor: int = 0
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Adoption(_Message):
    """What an engine hands to a new supervisor: its process id, and descriptors as in `Wires`."""

    pid: int
    watch: int
    port: int
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Beat(_Message):
    """An engine's last sign of life: when, on every clock, and where its decks were.

    `at` is on the engine's clock, `at_s` counts from the session's start. `places` maps a deck's
    token to seconds into its file.
    """

    at: float
    at_s: float
    boot: str
    wall: str
    places: Mapping[int, float] = field(default_factory=dict)

    @classmethod
    def read(cls, found: Any) -> Beat:
        """Check what JSON held. Raises ValueError, KeyError, TypeError or AttributeError."""
        datetime.fromisoformat(found["wall"])
        places = {int(token): float(place) for token, place in found["places"].items()}
        at, at_s = float(found["at"]), float(found["at_s"])
        return cls(at, at_s, str(found["boot"]), found["wall"], places)


@dataclass(frozen=True, slots=True)
class Interruption:
    """How an engine broke off, as far as it is known.

    `died_at` is when, on the boot clock, if its supervisor saw it: then it was a crash. `beat` is
    its last sign of life. Meanwhile somebody may have asked for the `end`, or for a `device`.
    """

    what: str
    died_at: float | None = None
    beat: Beat | None = None
    end: bool = False
    device: str | None = None


@dataclass(frozen=True, slots=True)
class EngineJob(_Message):
    """What an engine is to play: the folder of an opened session, and when.

    `begins` is ISO 8601, "" for now. `token` is the control port's, if it has one already. With
    `back` the session broke off and goes on. `lock` reads an encrypted session; a job therefore
    goes through pipes alone.
    """

    folder: str
    begins: str = ""
    token: str = ""
    back: Interruption | None = None
    lock: dict[str, str] | None = field(default=None, repr=False)

    @classmethod
    def read(cls, found: dict[str, Any]) -> EngineJob:
        """Read what JSON held."""
        back = found.get("back")
        if back is not None:
            beat = back.get("beat")
            back = Interruption(**{**back, "beat": Beat.read(beat) if beat else None})
        return cls(**{**found, "back": back})


@dataclass(frozen=True, slots=True)
class StartAnswer(_Message):
    """What a process says to whoever started it: that an engine can play (`warm`), that it plays or
    a sidecar works (`ready`), or why it ends (`error`; `locked` if another one is there).
    `refused` is what the platform refused that would keep the machine awake."""

    warm: bool = False
    ready: bool = False
    refused: str = ""
    error: str = ""
    exit_code: int = 1
    locked: bool = False

    @classmethod
    def read(cls, line: str) -> StartAnswer:
        """Read a line; an empty one says nothing. Raises ValueError for one that is no answer."""
        return cls(**json.loads(line)) if line.strip() else cls()

    def say(self) -> None:
        """Say it on standard output. Whoever started this process may be gone."""
        with suppress(OSError):
            sys.stdout.write(self.as_json() + "\n")
            sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Pulse:
    """What an engine says to its supervisor; each line says one of these. `playing` is what another
    engine has to know. `busy` announces seconds without a beat. After `over` an exit is no crash.
    """

    playing: EngineJob | None = None
    beat: Beat | None = None
    busy: float = 0.0
    over: bool = False

    def as_line(self) -> bytes:
        """Write it as one line of JSON."""
        said = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(said).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Pulse:
        """Read a line."""
        said = json.loads(line)
        return cls(
            EngineJob.read(said["playing"]) if "playing" in said else None,
            Beat.read(said["beat"]) if "beat" in said else None,
            float(said.get("busy", 0.0)),
            bool(said.get("over")),
        )


@dataclass(frozen=True, slots=True)
class Sidecar(_Message):
    """A sidecar as its file describes it: its process and when that was born, the session it is
    for, and its facts: `PageFacts` or `ControllerFacts`."""

    kind: str
    pid: int
    born: str
    session: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, kind: str, text: str) -> Sidecar:
        """Read the file. Raises ValueError, KeyError, TypeError or RecursionError."""
        found = json.loads(text)
        pid, facts = int(found["pid"]), dict(found["facts"])
        return cls(kind, pid, str(found["born"]), str(found["session"]), facts)


@dataclass(frozen=True, slots=True)
class ListenOn(_Message):
    """Where the web remote listens: always on loopback, at `port` if it is free. With `lan` also on
    the network, at one `address` of this machine or ("") at all of them, at `lan_port`."""

    port: int = 0
    lan: bool = False
    address: str = ""
    lan_port: int = 0


@dataclass(frozen=True, slots=True)
class ListenTo(_Message):
    """What a session listens to besides pedals: OSC at this place ("" for none), and media keys
    (None means as in the settings)."""

    osc: str = ""
    media_keys: bool | None = None


class Network(TypedDict):
    """Where the web remote is on the network, and the SHA-256 of its certificate."""

    addresses: list[str]
    fingerprint: str


class PageAddress(TypedDict):
    """Where the web remote is. `here` is its link on this computer, `address` the one to give to a
    person. `owner` is the token of `PairingTicket` requests."""

    port: int
    owner: str
    wanted: dict[str, Any]
    here: str
    address: str
    lan: Network | None


class PageFacts(PageAddress):
    """What the web remote tells. A code is valid until `code_until`, by the wall clock."""

    code: str
    code_until: float
    devices: int
    pages: int
    wrong_codes: int
    last_wrong_from: str


class PairingTicket(TypedDict):
    """What pairs one more device: a link's secret or a code, valid for `for_s` seconds."""

    secret: str
    code: str
    for_s: float


class PedalFacts(TypedDict):
    """How many buttons are bound, and which of their devices are plugged in."""

    bound: int
    here: list[str]
    away: list[str]
    trouble: str


class OscFacts(TypedDict):
    """Where OSC is listened to, and how many packets gave a cue or were dropped."""

    host: str
    port: int
    given: int
    dropped: int
    trouble: str


class MediaKeyFacts(TypedDict):
    """Whether the session is a player on the desktop's bus, and under which name."""

    on: bool
    name: str
    trouble: str


class ControllerFacts(TypedDict):
    """What the process of pedals, OSC and media keys tells of those that it listens to. Of one that
    failed it tells `trouble` alone."""

    pedals: PedalFacts
    osc: NotRequired[OscFacts]
    media_keys: NotRequired[MediaKeyFacts]


class CueAsked(TypedDict):
    """A cue's body: its words as typed, or its values by name. A repeated `request` is obeyed once;
    `seen` is the status's `place` that its giver's screen showed."""

    words: NotRequired[list[str]]
    args: NotRequired[dict[str, Any]]
    request: NotRequired[str]
    seen: NotRequired[dict[str, float]]


class CueAnswered(TypedDict):
    """The answer to a cue: whether it was obeyed, why, and whether the journal had it on disk."""

    ok: bool
    answer: str
    written: bool


class TrackStatus(TypedDict):
    """The track that plays; `sounds` says that it has been heard."""

    path: str
    title: str
    artist: str
    intensity: float
    position_s: float | None
    ends_s: float | None
    sounds: bool


class HealthStatus(TypedDict):
    """Whether the journal is written, and whether sound is heard. `sound` is None without music."""

    journal: str
    journal_waiting: int
    faults: int
    last_fault: str | None
    sound: bool | None
    output: str
    device: str
    volumes: list[dict[str, Any]]
    awake: dict[str, Any] | None


class Status(TypedDict):
    """How a session stands, as `status --json` prints it (docs/reference/json.md)."""

    session: str
    arc: str
    private: bool
    state: str
    paused: bool
    held: bool
    silent: bool
    silenced: bool
    closing: str
    stopped: bool
    begins: str | None
    begins_at: str | None
    phase: str | None
    stage: str | None
    until: str | None
    mode: str | None
    cap: float | None
    now_s: float
    arc_s: float | None
    phase_started_s: float | None
    phase_ends_s: float | None
    phase_ends_at: str | None
    phase_left_s: float | None
    arc_ends_s: float | None
    arc_ends_at: str | None
    arc_left_s: float | None
    silence_ends_at: str | None
    arc_over: bool
    level_db: float
    trim_db: float
    track: TrackStatus | None
    next: str | None
    ambience: str | None
    ambiences: list[str]
    persons: list[str]
    phases: list[str]
    course: list[dict[str, Any]]
    marks: int
    marked: list[dict[str, Any]]
    doses: list[dict[str, Any]]
    place: Mapping[Any, float]
    last_cue: dict[str, Any] | None
    health: HealthStatus
    outputs: list[dict[str, Any]]
    pids: dict[str, int]
