"""The devices that are paired: for this session, or kept until they are revoked.

A device shows a token that only it holds; here lies what the token hashes to. Nobody can get in
with what this file says.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from soundscape.core.errors import SoundscapeError
from soundscape.home import Home, write_private

MOST = 32
"""Devices at once; a room has two or three."""

LETTERS = "abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Device:
    """One that is paired. `kind` is what it says it is, such as iPhone, and never a name.
    `session` is what the code of the one it is for hashes to, "" where it is kept."""

    id: str
    kind: str
    paired: str
    session: str
    hashed: str = field(repr=False)

    def as_fact(self) -> dict[str, object]:
        """What may be printed of it."""
        return {
            "device": self.id,
            "kind": self.kind,
            "paired": self.paired,
            "kept": not self.session,
        }


class Devices:
    """Those of one home, as far as they are good in `session`, in a file of the home."""

    def __init__(self, path: Path, session: str) -> None:
        self._path = path
        self._session = _hash(session) if session else ""
        self._all = {
            device.hashed: device for device in _read(path) if device.session in ("", self._session)
        }

    @property
    def all(self) -> tuple[Device, ...]:
        """Every one, the first paired first."""
        return tuple(self._all.values())

    def add(self, kind: str, *, keep: bool) -> tuple[Device, str]:
        """Pair one; it, and the token that it has to show. Raises `SoundscapeError` where there
        are too many, or it cannot be written down."""
        if len(self._all) >= MOST:
            raise SoundscapeError(f"{MOST} devices are paired; `soundscape remote rm` one")
        taken = {each.id for each in self.all}
        name = next(name for name in iter(_name, None) if name not in taken)
        token = secrets.token_urlsafe(32)
        paired = datetime.now().astimezone().isoformat(timespec="seconds")
        device = Device(name, kind, paired, "" if keep else self._session, _hash(token))
        self._all[device.hashed] = device
        self._write()
        return device, token

    def by_token(self, token: str) -> Device | None:
        """Whose token it is."""
        return self._all.get(_hash(token))

    def revoke(self, name: str) -> Device | None:
        """Let one in no more; which one it was, None where there is none of this name."""
        found = next((each for each in self.all if each.id == name), None)
        if found is not None:
            del self._all[found.hashed]
            self._write()
        return found

    def forget_session(self) -> None:
        """The session is over: only those that are kept are still anybody."""
        self._all = {hashed: each for hashed, each in self._all.items() if not each.session}
        with suppress(SoundscapeError):
            self._write()

    def _write(self) -> None:
        try:
            write_private(self._path, json.dumps([asdict(each) for each in self.all], indent=1))
        except OSError as error:
            raise SoundscapeError(f"{self._path}: {error.strerror or error}") from None


def file_of(home: Home) -> Path:
    """Where a home keeps its devices."""
    return home.data / "remote" / "devices.json"


def kind_of(agent: str) -> str:
    """What kind of device a browser says it runs on: for people who choose which one to revoke."""
    for sign, kind in (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Macintosh", "Mac"),
        ("Windows", "Windows"),
        ("Linux", "Linux"),
    ):
        if sign in agent:
            return kind
    return "other"


def _name() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(4))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _read(path: Path) -> list[Device]:
    try:
        return [
            Device(*(str(each[name]) for name in ("id", "kind", "paired", "session", "hashed")))
            for each in json.loads(path.read_text("utf-8"))
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []  # Whoever cannot be read is not let in.
