"""Media keys and headset buttons: the session as a player on the desktop's D-Bus.

Play and pause, pressed in the desktop, on a keyboard or on a paired headset, reach the player by
MPRIS; `mpris` maps them to cues. A bus that is missing or goes away is reported once and looked for
again.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageFlag,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from soundscape.controllers import mpris
from soundscape.controllers.mpris import Shown
from soundscape.controllers.presses import PressFilter, press
from soundscape.protocol import MediaKeyFacts, Status
from soundscape.tui.keys import CueKeyed

PATIENCE_S = 2.0
TICK_S = 0.25
AGAIN_S = 10.0

NO_BUS = "there is no session bus here, so media keys and headset buttons do not reach the session"
DO_NOT_QUEUE = 4
OWNER = 1
PROPERTIES = "org.freedesktop.DBus.Properties"
_ERROR = "org.freedesktop.DBus.Error"

TROUBLE = (OSError, RuntimeError, ValueError, KeyError, EOFError, StopIteration)
"""What a missing, broken or vanishing bus raises; TimeoutError is an OSError."""


class MediaKeys:
    """The player. Any thread may call `heard`; `run` stays in one."""

    def __init__(
        self, give: Callable[[CueKeyed], None], tell: Callable[[MediaKeyFacts], None]
    ) -> None:
        self._give = give
        self._tell = tell
        self._guard = PressFilter()
        self._shown = Shown()
        self._news: Shown = self._shown
        self._lock = threading.Lock()
        self._bus: DBusConnection | None = None

    def heard(self, status: Status | None) -> None:
        """Take the session's status."""
        with self._lock:
            self._news = mpris.shown(self._news, status)

    def open(self) -> bool:
        """Appear on the bus; return whether that worked."""
        try:
            bus = open_dbus_connection("SESSION", auth_timeout=PATIENCE_S)
        except TROUBLE:
            self._tell(MediaKeyFacts(on=False, name="", trouble=NO_BUS))
            return False
        try:
            name = _take_name(bus)
        except TROUBLE as error:
            bus.close()
            self._tell(MediaKeyFacts(on=False, name="", trouble=f"{NO_BUS} ({error})"))
            return False
        self._bus = bus
        self._tell(MediaKeyFacts(on=True, name=name, trouble=""))
        return True

    def close(self) -> None:
        """Leave the bus; nobody may be in `run`."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def run(self) -> None:
        """Serve until the process ends."""
        while True:
            if self._bus is None:
                time.sleep(AGAIN_S)
                self.open()
                continue
            try:
                self._serve(self._bus)
            except TROUBLE:
                logging.warning("the session bus is gone")
                self._tell(MediaKeyFacts(on=False, name="", trouble=NO_BUS))
                self.close()

    def _serve(self, bus: DBusConnection) -> None:
        while True:
            self._show(bus)
            try:
                message = bus.receive(timeout=TICK_S)
            except TimeoutError:
                continue
            if message.header.message_type is MessageType.method_call:
                answer = self._answer(message)
                if not message.header.flags & MessageFlag.no_reply_expected:
                    bus.send(answer)

    def _show(self, bus: DBusConnection) -> None:
        """Announce what has changed."""
        with self._lock:
            news = self._news
        if news == self._shown:
            return
        before, now = mpris.player(self._shown), mpris.player(news)
        self._shown = news
        changed = {key: value for key, value in now.items() if value != before[key]}
        if changed:
            player = DBusAddress(mpris.PATH, interface=PROPERTIES)
            body: tuple[str, dict[str, Any], list[str]] = (mpris.PLAYER, changed, [])
            bus.send(new_signal(player, "PropertiesChanged", "sa{sv}as", body))

    def _answer(self, message: Message) -> Message:
        fields = message.header.fields
        interface = str(fields.get(HeaderFields.interface, ""))
        member = str(fields.get(HeaderFields.member, ""))
        if interface == PROPERTIES:
            return self._property(message, member)
        if interface == "org.freedesktop.DBus.Introspectable" and member == "Introspect":
            return new_method_return(message, "s", (mpris.introspection(),))
        if interface == "org.freedesktop.DBus.Peer" and member == "Ping":
            return new_method_return(message)
        known = interface == mpris.PLAYER and (member in mpris.NOTHING or self._said(member))
        if known or (interface == mpris.ROOT and member in ("Raise", "Quit")):
            return new_method_return(message)
        return new_error(message, f"{_ERROR}.UnknownMethod", "s", (f"no {interface}.{member}",))

    def _said(self, member: str) -> bool:
        """Give a button's cue unless it was hit twice; return whether it has one."""
        said = mpris.cue_of(member, self._shown)
        if said is None:
            return False
        self._guard, outcome = press(self._guard, member, said, time.monotonic())
        if isinstance(outcome, CueKeyed):
            self._give(outcome)
        return True

    def _property(self, message: Message, member: str) -> Message:
        wanted = {"Get": 2, "GetAll": 1, "Set": 3}.get(member)
        if wanted != len(message.body):
            return new_error(message, f"{_ERROR}.UnknownMethod", "s", ("not so",))
        interface, key = map(str, (*message.body, "")[:2])
        found = mpris.properties(interface, self._shown)
        if found is None or (member != "GetAll" and key not in found):
            return new_error(message, f"{_ERROR}.InvalidArgs", "s", ("no such property",))
        if member == "Set":
            return new_error(message, f"{_ERROR}.PropertyReadOnly", "s", ("it stays as it is",))
        if member == "Get":
            return new_method_return(message, "v", (found[key],))
        return new_method_return(message, "a{sv}", (found,))


def _take_name(bus: DBusConnection) -> str:
    """Take the player's name on the bus, with the process id if another session has the name.

    Raises `OSError` if neither is available.
    """
    for name in (mpris.NAME, f"{mpris.NAME}.instance{os.getpid()}"):
        asked = message_bus.RequestName(name, DO_NOT_QUEUE)
        if bus.send_and_get_reply(asked, timeout=PATIENCE_S).body == (OWNER,):
            return name
    raise OSError("it gives us no name")
