"""The paired devices: for this session, or kept until they are revoked.

Each device holds a secret token. This file stores only the token's hash, so nobody can get in with
what it says.
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
"""Most devices at once. A room has two or three."""

LETTERS = "abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class PairedDevice:
    """A paired device. `kind` is what it says it is, such as iPhone, never a name. `session` is the
    hash of its session's code, "" if the device is kept."""

    id: str
    kind: str
    paired: str
    session: str
    hashed: str = field(repr=False)

    def as_fact(self) -> dict[str, object]:
        """Return what may be printed of it."""
        return {
            "device": self.id,
            "kind": self.kind,
            "paired": self.paired,
            "kept": not self.session,
        }


class Devices:
    """The devices of one home that are valid in `session`, kept in a file of the home."""

    def __init__(self, path: Path, session: str) -> None:
        self._path = path
        self._session = _hash(session) if session else ""
        self._all = {
            device.hashed: device for device in _read(path) if device.session in ("", self._session)
        }

    @property
    def all(self) -> tuple[PairedDevice, ...]:
        """All devices, the first paired first."""
        return tuple(self._all.values())

    def add(self, kind: str, *, keep: bool) -> tuple[PairedDevice, str]:
        """Pair a device; return it and its token.

        Raises `SoundscapeError` if there are too many, or if it cannot be saved.
        """
        if len(self._all) >= MOST:
            raise SoundscapeError(
                f"{MOST} devices are already paired; `soundscape remote rm` removes one"
            )
        taken = {each.id for each in self.all}
        name = next(name for name in iter(_name, None) if name not in taken)
        token = secrets.token_urlsafe(32)
        paired = datetime.now().astimezone().isoformat(timespec="seconds")
        device = PairedDevice(name, kind, paired, "" if keep else self._session, _hash(token))
        self._all[device.hashed] = device
        self._write()
        return device, token

    def by_token(self, token: str) -> PairedDevice | None:
        """Find the device with this token."""
        return self._all.get(_hash(token))

    def revoke(self, name: str) -> PairedDevice | None:
        """Revoke a device; return it, or None if no device has this name."""
        found = next((each for each in self.all if each.id == name), None)
        if found is not None:
            del self._all[found.hashed]
            self._write()
        return found

    def forget_session(self) -> None:
        """Forget the devices of this session when it is over; keep the others."""
        self._all = {hashed: each for hashed, each in self._all.items() if not each.session}
        with suppress(SoundscapeError):
            self._write()

    def _write(self) -> None:
        try:
            write_private(self._path, json.dumps([asdict(each) for each in self.all], indent=1))
        except OSError as error:
            raise SoundscapeError(f"{self._path}: {error.strerror or error}") from None


def file_of(home: Home) -> Path:
    """Return the file in which a home keeps its devices."""
    return home.data / "remote" / "devices.json"


def kind_of(agent: str) -> str:
    """Name the kind of device a browser runs on, to help people choose which one to revoke."""
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


def _read(path: Path) -> list[PairedDevice]:
    try:
        return [
            PairedDevice(
                *(str(each[name]) for name in ("id", "kind", "paired", "session", "hashed"))
            )
            for each in json.loads(path.read_text("utf-8"))
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []  # A device that cannot be read is not let in.
