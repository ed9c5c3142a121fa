"""Who is let in and who not: devices, pairing and open pages together, and what is told of them.

In the server's loop alone. Whatever changes is written into the companion's file, where the live
screen and `soundscape remote show` find it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from soundscape.core.errors import SoundscapeError
from soundscape.process.sidecars import Companion
from soundscape.webremote.devices import Device, Devices, file_of, kind_of
from soundscape.webremote.hub import Hub
from soundscape.webremote.pairing import Pairing, Refused

AGENT_MOST = 400
TELL_S = 1.0


class Desk:
    """One page's server's knowledge of its devices. `where` tells where it is at the moment."""

    def __init__(self, companion: Companion, where: Callable[[], dict[str, Any]]) -> None:
        self._where = where
        self._companion = companion
        self.devices = Devices(file_of(companion.home), companion.session)
        self.pairing = Pairing()
        self.hub = Hub(companion)
        self._told: dict[str, Any] = {}

    def pair(self, shown: Mapping[str, str], address: str, agent: str) -> tuple[Device, str, bool]:
        """Pair a device that shows a secret or a code: it, its token, and whether it is kept.
        Raises `Refused`."""
        now = time.monotonic()
        try:
            if "secret" in shown:
                ticket = self.pairing.by_secret(shown["secret"], now)
            else:
                ticket = self.pairing.by_code(shown["code"], address, now)
            device, token = self.devices.add(kind_of(agent[:AGENT_MOST]), keep=ticket.keep)
        except SoundscapeError as error:
            raise Refused(str(error)) from None
        finally:
            self.tell()
        return device, token, ticket.keep

    def open(self, *, keep: bool) -> dict[str, Any]:
        """Let one more device be paired: by which secret and code, and for how many seconds."""
        now = time.monotonic()
        ticket = self.pairing.open(now, keep=keep)
        self.tell()
        return {"secret": ticket.secret, "code": ticket.code, "for_s": ticket.until - now}

    def revoke(self, name: str) -> Device | None:
        """Let a device in no more, from this moment; None where there is none of this name."""
        device = self.devices.revoke(name)
        if device is not None:
            self.hub.cut(device)
        self.tell()
        return device

    def tell(self) -> None:
        """Write down how things stand."""
        now = time.monotonic()
        ticket = self.pairing.ticket(now)
        facts: dict[str, Any] = {
            "code": ticket.code if ticket else "",
            # By the wall clock: whoever reads it has another monotonic one, or none.
            "code_until": time.time() + ticket.until - now if ticket else 0.0,
            "devices": len(self.devices.all),
            "pages": self.hub.pages,
            "wrong_codes": self.pairing.wrong,
            "last_wrong_from": self.pairing.last_wrong_from,
            **self._where(),
        }
        if self._differ(facts):
            self._told = facts
            self._companion.tell(**facts)

    async def keep_telling(self) -> None:
        """For ever: write down what has changed by itself, such as a code that has grown old."""
        while True:
            self.tell()
            await asyncio.sleep(TELL_S)

    def _differ(self, facts: Mapping[str, Any]) -> bool:
        """Whether there is anything new; the moment a code ends at is only that of its code."""
        return any(facts[name] != self._told.get(name) for name in facts if name != "code_until")
