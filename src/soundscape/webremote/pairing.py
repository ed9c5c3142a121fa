"""How a device comes to be paired: by a link's secret, or by six digits. Pure: moments are given.

A ticket is good for one device and for a short time; a new one replaces it. Whoever guesses at
the digits waits longer each time, and everybody does where many guess; after ten wrong ones in all
the digits are good for nothing. Nobody guesses a link's secret.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

LIFE_S = 600.0
"""So long a link and its digits are good."""

GUESSES_MOST = 10
"""So many wrong codes for one ticket: a chance of one in a hundred thousand."""

FREE_IN_ALL = 3
"""After so many wrong codes, from wherever, the next one waits for everybody."""

WAIT_MOST_S = 60.0
ADDRESSES_MOST = 256


@dataclass(frozen=True, slots=True)
class Ticket:
    """What pairs one device until `until`: a secret, or a code of six digits. `keep`: the device
    stays paired for later sessions."""

    secret: str = field(repr=False)
    code: str = field(repr=False)
    until: float
    keep: bool


class Refused(Exception):
    """Why a device is not paired, and how long it has to wait before it is listened to again."""

    def __init__(self, why: str, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.why, self.wait_s = why, wait_s


@dataclass(slots=True)
class _Guesses:
    count: int = 0
    free_at: float = 0.0


class Pairing:
    """The one ticket there is, and the wrong codes that were tried."""

    def __init__(self) -> None:
        self._ticket: Ticket | None = None
        self._in_all = _Guesses()
        self._by_address: dict[str, _Guesses] = {}
        self.wrong = 0
        self.last_wrong_from = ""

    def open(self, now: float, *, keep: bool) -> Ticket:
        """A new ticket; the one before is good for nothing from here on."""
        code = f"{secrets.randbelow(10**6):06d}"
        self._ticket = Ticket(secrets.token_urlsafe(24), code, now + LIFE_S, keep)
        self._in_all = _Guesses()
        return self._ticket

    def close(self) -> None:
        """No device is paired until the next ticket."""
        self._ticket = None

    def ticket(self, now: float) -> Ticket | None:
        """The one that is good now."""
        if self._ticket is not None and now >= self._ticket.until:
            self._ticket = None
        return self._ticket

    def by_secret(self, secret: str, now: float) -> Ticket:
        """Use up the ticket by its link. Raises `Refused`."""
        ticket = self.ticket(now)
        if ticket is None or not secrets.compare_digest(secret.encode(), ticket.secret.encode()):
            raise Refused("this link was used, or is too old; `soundscape remote on` gives another")
        self._ticket = None
        return ticket

    def by_code(self, code: str, address: str, now: float) -> Ticket:
        """Use up the ticket by its digits, tried from this address. Raises `Refused`; while
        somebody has to wait, right digits are not looked at either."""
        own = self._own(address)
        wait_s = max(own.free_at, self._in_all.free_at) - now
        if wait_s > 0:
            raise Refused("too many wrong codes", wait_s)
        ticket = self.ticket(now)
        if ticket is None:
            raise Refused("no code is open; `soundscape remote on` opens one")
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
            raise Refused(f"{GUESSES_MOST} wrong codes: this one is closed")
        raise Refused("that is not the code", max(own.free_at, self._in_all.free_at) - now)

    def _own(self, address: str) -> _Guesses:
        if address not in self._by_address and len(self._by_address) >= ADDRESSES_MOST:
            self._by_address.pop(next(iter(self._by_address)))
        return self._by_address.setdefault(address, _Guesses())


def _slow(guesses: _Guesses, steps: int, now: float) -> None:
    """One more wrong code: 1, 2, 4, ... s until the next one is looked at."""
    guesses.count += 1
    if steps > 0:
        guesses.free_at = now + min(2.0 ** (steps - 1), WAIT_MOST_S)
