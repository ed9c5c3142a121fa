"""Pairs a device by a link's secret or by a code of six digits. Pure: moments are arguments.

A ticket pairs one device within a short time; a new ticket replaces it. Wrong codes are slowed
down: per address first, then for all. Ten wrong codes end the ticket. A link's secret is too long
to guess.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

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
