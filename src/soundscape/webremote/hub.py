"""Connects the session with the pages: one status request for all pages, and their cues to it.

Everything here runs in the server's loop, except the cues, which wait in threads. A page that reads
slowly gets only the newest of each kind of news.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from soundscape.control.client import Client
from soundscape.core.cues.table import CUES
from soundscape.core.errors import InputError, NoSession, SoundscapeError
from soundscape.core.events import Value
from soundscape.preflight.supplies import SUPPLIES, Power, read_power
from soundscape.process.sidecars import Companion
from soundscape.webremote import views
from soundscape.webremote.buttons import buttons
from soundscape.webremote.devices import PairedDevice

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

    def __init__(self, companion: Companion) -> None:
        self._companion = companion
        self._news = {"buttons": json.dumps(buttons())}
        self._streams: list[Stream] = []
        self._heard_at = time.monotonic()
        self._power, self._power_at = Power(known=False), -POWER_S
        self._hands = ThreadPoolExecutor(HANDS, "cue")
        # `stop` never waits behind other cues.
        self._stop_hands = ThreadPoolExecutor(2, "stop")
        self._turns: dict[str, asyncio.Lock] = {}
        companion.look_s = LOOK_ALONE_S

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return len(self._streams)

    def stands(self, status: Mapping[str, Any] | None) -> None:
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
            if away_s > AWAY_S + self._companion.look_s:
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
        self._companion.look_s = LOOK_S
        self._companion.look_now()
        return stream

    def leave(self, stream: Stream) -> None:
        """Close a page."""
        if stream in self._streams:
            self._streams.remove(stream)
        if not self._streams:
            self._companion.look_s = LOOK_ALONE_S

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
            with closing(Client(self._companion.following.control)) as client:
                reply = client.cue(cue, args, request, seen)
        except InputError as error:
            faults = "; ".join(fault.what for fault in error.faults)
            return 400, {"ok": False, "answer": faults}
        except NoSession as error:
            return 410, {"answer": str(error)}
        except (SoundscapeError, OSError) as error:
            return 502, {"answer": f"{error}; {UNKNOWN}"}
        finally:
            self._companion.look_now()
        return 200, {"ok": reply.ok, "answer": views.told(reply.answer)}

    def _tell(self, kind: str, found: Mapping[str, Any], *, again: bool = False) -> None:
        text = json.dumps(found, separators=(",", ":"))
        if not again and self._news.get(kind) == text:
            return
        if kind != "away":
            self._news[kind] = text
        for stream in self._streams:
            stream.tell(kind, text)
