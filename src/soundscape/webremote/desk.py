"""Who may use the web remote: devices, pairing and open pages together, and what is told of them.

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
from soundscape.webremote.devices import Devices, PairedDevice, file_of, kind_of
from soundscape.webremote.hub import Hub
from soundscape.webremote.pairing import Pairing, Refused

AGENT_MOST = 400
TELL_S = 1.0


class Access:
    """What one server knows of its devices. `where` tells its present addresses."""

    def __init__(self, companion: Companion, where: Callable[[], dict[str, Any]]) -> None:
        self._where = where
        self._companion = companion
        self.devices = Devices(file_of(companion.home), companion.session)
        self.pairing = Pairing()
        self.hub = Hub(companion)
        self._told: dict[str, Any] = {}

    def pair(
        self, shown: Mapping[str, str], address: str, agent: str
    ) -> tuple[PairedDevice, str, bool]:
        """Pair a device that shows a secret or a code.

        Returns the device, its token, and whether it stays paired. Raises `Refused`.
        """
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
        """Let one more device be paired; return the secret, the code and their life in seconds."""
        now = time.monotonic()
        ticket = self.pairing.open(now, keep=keep)
        self.tell()
        return {"secret": ticket.secret, "code": ticket.code, "for_s": ticket.until - now}

    def revoke(self, name: str) -> PairedDevice | None:
        """Revoke a device at once; return it, or None if no device has this name."""
        device = self.devices.revoke(name)
        if device is not None:
            self.hub.cut(device)
        self.tell()
        return device

    def tell(self) -> None:
        """Write the present state into the companion's file."""
        now = time.monotonic()
        ticket = self.pairing.ticket(now)
        facts: dict[str, Any] = {
            "code": ticket.code if ticket else "",
            # By the wall clock: another process has another monotonic clock, or none.
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
        """Write down for ever what changes by itself, such as a code that expires."""
        while True:
            self.tell()
            await asyncio.sleep(TELL_S)

    def _differ(self, facts: Mapping[str, Any]) -> bool:
        """Whether anything is new; the end of a code's life changes only with the code."""
        return any(facts[name] != self._told.get(name) for name in facts if name != "code_until")
