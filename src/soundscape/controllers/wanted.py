"""What a session listens to besides pedals, as handed to the process that listens."""

from __future__ import annotations

import ipaddress
import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass

from soundscape.core.text import typed
from soundscape.home import Home, write_private
from soundscape.protocol import ListenTo

MODULE = "soundscape.controllers.work"

_ASKED = "hands-asked.json"
_PLACE = re.compile(r"(?:([^:\s]+):)?([0-9]{1,5})")


def keep(home: Home, session: str, asked: ListenTo) -> None:
    """Save what a session's options asked for, in case the process has to be started again."""
    write_private(home.run / _ASKED, json.dumps({"session": session, **asdict(asked)}))


def kept(home: Home, session: str) -> ListenTo:
    """Return what this session's options asked for; nothing if that is not known."""
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
        told = json.loads((home.run / _ASKED).read_text("utf-8"))
        if told.pop("session") == session:
            return ListenTo(**told)
    return ListenTo()


@dataclass(frozen=True, slots=True)
class OscAddress:
    """The address and port to listen at."""

    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> OscAddress:
        """Read `9000` (this machine alone) or `HOST:9000` (one of its addresses). Raises
        ValueError."""
        found = _PLACE.fullmatch(text.strip())
        if not found or not 0 < int(found[2]) < 65536:
            raise ValueError(f"expected a port such as 9000, or HOST:PORT, not {typed(text)}")
        host = found[1] or "127.0.0.1"
        try:
            return cls(str(ipaddress.IPv4Address(host)), int(found[2]))
        except ValueError:
            pass
        raise ValueError(f"expected an IPv4 address of this machine before the port, not `{host}`")

    @property
    def is_open(self) -> bool:
        """Whether other machines can reach it."""
        return not is_here(self.host)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def is_here(host: str) -> bool:
    """Whether an address is this machine's own, from which no other machine can send."""
    return ipaddress.ip_address(host).is_loopback
