"""Who may use the page: pairing by a link's secret or a code of six digits, and the paired devices.

A ticket pairs one device within a short time; a new ticket replaces it. Wrong codes are slowed
down: per address first, then for all. Ten wrong codes end the ticket. A link's secret is too long
to guess. Each device holds a secret token. The home's file stores only the token's hash, so nobody
can get in with what it says.
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

LIFE_S = 600.0
"""Seconds that a link and its code are valid."""

GUESSES_MOST = 10
"""Most wrong codes for one ticket: the chance of a lucky guess is one in a hundred thousand."""

FREE_IN_ALL = 3
"""Wrong codes from all addresses after which everybody has to wait."""

WAIT_MOST_S = 60.0
ADDRESSES_MOST = 256


@dataclass(frozen=True, slots=True)
class Ticket:
    """What pairs one device until `until`: a secret, or a code of six digits. With `keep` the
    device stays paired for later sessions."""

    secret: str = field(repr=False)
    code: str = field(repr=False)
    until: float
    keep: bool


class Refused(Exception):
    """Why a device is not paired, and how many seconds it must wait before its next try."""

    def __init__(self, why: str, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.why, self.wait_s = why, wait_s


@dataclass(slots=True)
class _Guesses:
    count: int = 0
    free_at: float = 0.0


class Pairing:
    """The one valid ticket, and the wrong codes that were tried."""

    def __init__(self) -> None:
        self._ticket: Ticket | None = None
        self._in_all = _Guesses()
        self._by_address: dict[str, _Guesses] = {}
        self.wrong = 0
        self.last_wrong_from = ""

    def open(self, now: float, *, keep: bool) -> Ticket:
        """Make a new ticket; the one before becomes invalid."""
        code = f"{secrets.randbelow(10**6):06d}"
        self._ticket = Ticket(secrets.token_urlsafe(24), code, now + LIFE_S, keep)
        self._in_all = _Guesses()
        return self._ticket

    def close(self) -> None:
        """Pair no device until the next ticket."""
        self._ticket = None

    def ticket(self, now: float) -> Ticket | None:
        """Return the ticket that is valid now."""
        if self._ticket is not None and now >= self._ticket.until:
            self._ticket = None
        return self._ticket

    def by_secret(self, secret: str, now: float) -> Ticket:
        """Use the ticket by its link. Raises `Refused`."""
        ticket = self.ticket(now)
        if ticket is None or not secrets.compare_digest(secret.encode(), ticket.secret.encode()):
            raise Refused(
                "this link was already used or has expired; `soundscape remote on` makes a new one"
            )
        self._ticket = None
        return ticket

    def by_code(self, code: str, address: str, now: float) -> Ticket:
        """Use the ticket by its code, tried from this address. Raises `Refused`.

        During a wait even the right code is refused.
        """
        own = self._own(address)
        wait_s = max(own.free_at, self._in_all.free_at) - now
        if wait_s > 0:
            raise Refused("too many wrong codes", wait_s)
        ticket = self.ticket(now)
        if ticket is None:
            raise Refused("no code is valid now; `soundscape remote on` makes one")
        if secrets.compare_digest(code.encode(), ticket.code.encode()):
            self._ticket = None
            self._by_address.pop(address, None)
            return ticket
        self.wrong += 1
        self.last_wrong_from = address
        _slow(own, own.count + 1, now)
        _slow(self._in_all, self._in_all.count + 1 - FREE_IN_ALL, now)
        if self._in_all.count >= GUESSES_MOST:
            self._ticket = None
            raise Refused(f"{GUESSES_MOST} wrong codes: this code is no longer valid")
        raise Refused("this code is wrong", max(own.free_at, self._in_all.free_at) - now)

    def _own(self, address: str) -> _Guesses:
        if address not in self._by_address and len(self._by_address) >= ADDRESSES_MOST:
            self._by_address.pop(next(iter(self._by_address)))
        return self._by_address.setdefault(address, _Guesses())


def _slow(guesses: _Guesses, steps: int, now: float) -> None:
    """Count one more wrong code: the next try must wait 1, 2, 4, ... seconds."""
    guesses.count += 1
    if steps > 0:
        guesses.free_at = now + min(2.0 ** (steps - 1), WAIT_MOST_S)


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
            raise SoundscapeError(f"{MOST} devices are already paired; `remote rm` removes one")
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
