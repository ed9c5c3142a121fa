"""Connects the session with the pages: who may use them, one status for all, and their cues.

Everything here runs in the server's loop, except the cues, which wait in threads. A page that reads
slowly gets only the newest of each kind of news.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from soundscape.control.client import Client
from soundscape.core.cues.table import CUES
from soundscape.core.errors import InputError, NoSession, SoundscapeError
from soundscape.core.events import Value
from soundscape.preflight.supplies import SUPPLIES, Power, read_power
from soundscape.process.sidecars import SidecarProcess
from soundscape.protocol import PageAddress, PageFacts, PairingTicket, Status
from soundscape.webremote import views
from soundscape.webremote.pairing import (
    LIFE_S,
    Devices,
    PairedDevice,
    Pairing,
    Refused,
    file_of,
    kind_of,
)

BEAT_S = 1.0
AWAY_S = 2.0
"""Seconds without an answer from the session after which the pages are told."""

POWER_S = 20.0
LOOK_S, LOOK_ALONE_S = 0.5, 2.0
"""Seconds between two status requests, and between two while no page is open."""

HANDS = 8
STREAMS_MOST = 32
"""Most open pages. One more closes the oldest."""

UNKNOWN = "the cue may or may not have taken effect"


class Stream:
    """One open page, and the news it has not received yet."""

    def __init__(self, device: PairedDevice, news: Mapping[str, str]) -> None:
        self.device = device
        self._news = dict(news)
        self._something = asyncio.Event()
        self._something.set()
        self._over = False

    def tell(self, kind: str, text: str) -> None:
        """Add news; it replaces unread news of the same kind."""
        self._news.pop(kind, None)
        self._news[kind] = text
        self._something.set()

    def cut(self) -> None:
        """End the stream after what it has already been told."""
        self._over = True
        self._something.set()

    async def read(self) -> AsyncIterator[str]:
        """Yield its news as they come, as server-sent events."""
        while True:
            await self._something.wait()
            self._something.clear()
            news, self._news = self._news, {}
            over = self._over
            if news and (not over or "over" in news):
                yield "".join(f"event: {kind}\ndata: {text}\n\n" for kind, text in news.items())
            if over:
                return


class Hub:
    """What the pages know, and how their cues reach the session."""

    def __init__(self, sidecar: SidecarProcess) -> None:
        self._sidecar = sidecar
        self._news = {"buttons": json.dumps(views.buttons())}
        self._streams: list[Stream] = []
        self._heard_at = time.monotonic()
        self._power, self._power_at = Power(known=False), -POWER_S
        self._hands = ThreadPoolExecutor(HANDS, "cue")
        # `stop` never waits behind other cues.
        self._stop_hands = ThreadPoolExecutor(2, "stop")
        self._turns: dict[str, asyncio.Lock] = {}
        sidecar.look_s = LOOK_ALONE_S

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return len(self._streams)

    def stands(self, status: Status | None) -> None:
        """Take a new status, and tell the pages what changed."""
        if status is None:
            return
        now = time.monotonic()
        self._heard_at = now
        if now - self._power_at >= POWER_S:
            self._power, self._power_at = read_power(SUPPLIES), now
        self._tell("arc", views.arc(status))
        self._tell("state", views.state(status, self._power))
        self._tell("beat", views.beat(status), again=True)

    async def keep_time(self) -> None:
        """Tell the pages for ever whenever the session does not answer."""
        while True:
            await asyncio.sleep(BEAT_S)
            away_s = time.monotonic() - self._heard_at
            # One request may take long, and with no page open requests are rare.
            if away_s > AWAY_S + self._sidecar.look_s:
                self._tell("away", {"for_s": round(away_s)}, again=True)
                self._news.pop("beat", None)

    def end(self, *, over: bool) -> None:
        """Close the pages; tell them so if the session is over."""
        if over:
            self._tell("over", {})
        for stream in tuple(self._streams):
            stream.cut()

    def enter(self, device: PairedDevice) -> Stream:
        """Open a page."""
        stream = Stream(device, self._news)
        self._streams.append(stream)
        if len(self._streams) > STREAMS_MOST:
            self._streams[0].cut()
        self._sidecar.look_s = LOOK_S
        self._sidecar.look_now()
        return stream

    def leave(self, stream: Stream) -> None:
        """Close a page."""
        if stream in self._streams:
            self._streams.remove(stream)
        if not self._streams:
            self._sidecar.look_s = LOOK_ALONE_S

    def cut(self, device: PairedDevice) -> None:
        """Send nothing more to this device, at once."""
        for stream in self._streams:
            if stream.device.id == device.id:
                stream.cut()

    async def give(
        self,
        device: PairedDevice,
        cue: str,
        args: Mapping[str, Value],
        request: str,
        seen: Mapping[str, float],
    ) -> tuple[int, dict[str, Any]]:
        """Give a cue; return its answer as a status and a body.

        `seen` is the place that the page showed. Cues of one device keep their order, except
        `stop`. A repeated `request` is answered, and not obeyed again.
        """
        loop = asyncio.get_running_loop()
        request = f"{device.id}-{request}" if request else ""
        given = (cue, args, request, seen)
        if cue in CUES and CUES[cue].silences:
            return await loop.run_in_executor(self._stop_hands, self._give, *given)
        async with self._turns.setdefault(device.id, asyncio.Lock()):
            return await loop.run_in_executor(self._hands, self._give, *given)

    def _give(
        self, cue: str, args: Mapping[str, Value], request: str, seen: Mapping[str, float]
    ) -> tuple[int, dict[str, Any]]:
        """Give a cue, in a thread: an engine may take ten seconds to answer."""
        try:
            with closing(Client(self._sidecar.following.control)) as client:
                reply = client.cue(cue, args, request, seen)
        except InputError as error:
            faults = "; ".join(fault.what for fault in error.faults)
            return 400, {"ok": False, "answer": faults}
        except NoSession as error:
            return 410, {"answer": str(error)}
        except (SoundscapeError, OSError) as error:
            return 502, {"answer": f"{error}; {UNKNOWN}"}
        finally:
            self._sidecar.look_now()
        return 200, {"ok": reply.ok, "answer": views.told(reply.answer)}

    def _tell(self, kind: str, found: Mapping[str, Any], *, again: bool = False) -> None:
        text = json.dumps(found, separators=(",", ":"))
        if not again and self._news.get(kind) == text:
            return
        if kind != "away":
            self._news[kind] = text
        for stream in self._streams:
            stream.tell(kind, text)


AGENT_MOST = 400
TELL_S = 1.0


class Access:
    """What one server knows of its devices. `where` tells its present addresses."""

    def __init__(self, sidecar: SidecarProcess, where: Callable[[], PageAddress]) -> None:
        self._where = where
        self._sidecar = sidecar
        self.devices = Devices(file_of(sidecar.home), sidecar.session)
        self.pairing = Pairing()
        self.hub = Hub(sidecar)
        self._code_until = 0.0

    def pair(self, shown: Mapping[str, str], address: str, agent: str) -> tuple[PairedDevice, str]:
        """Pair a device that shows a secret or a code; return it with its token.

        Raises `Refused`.
        """
        now = time.monotonic()
        try:
            if "secret" in shown:
                ticket = self.pairing.by_secret(shown["secret"], now)
            else:
                ticket = self.pairing.by_code(shown["code"], address, now)
            return self.devices.add(kind_of(agent[:AGENT_MOST]), keep=ticket.keep)
        except SoundscapeError as error:
            raise Refused(str(error)) from None
        finally:
            self.tell()

    def open(self, *, keep: bool) -> PairingTicket:
        """Let one more device be paired."""
        ticket = self.pairing.open(time.monotonic(), keep=keep)
        # By the wall clock: another process has another monotonic clock, or none.
        self._code_until = time.time() + LIFE_S
        self.tell()
        return PairingTicket(secret=ticket.secret, code=ticket.code, for_s=LIFE_S)

    def revoke(self, name: str) -> PairedDevice | None:
        """Revoke a device at once; return it, or None if no device has this name."""
        device = self.devices.revoke(name)
        if device is not None:
            self.hub.cut(device)
        self.tell()
        return device

    def tell(self) -> None:
        """Write the present state into the sidecar's file."""
        ticket = self.pairing.ticket(time.monotonic())
        facts: PageFacts = {
            **self._where(),
            "code": ticket.code if ticket else "",
            "code_until": self._code_until if ticket else 0.0,
            "devices": len(self.devices.all),
            "pages": self.hub.pages,
            "wrong_codes": self.pairing.wrong,
            "last_wrong_from": self.pairing.last_wrong_from,
        }
        self._sidecar.tell(**facts)

    async def keep_telling(self) -> None:
        """Write down for ever what changes by itself, such as a code that expires."""
        while True:
            self.tell()
            await asyncio.sleep(TELL_S)
