"""OSC packets: which cues a datagram contains, and the answer to one. Pure.

Foreign or bad packets are refused by their first bytes or their type tags, before python-osc reads
them: that library logs a line for everything that it does not know.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.osc_message_builder import OscMessageBuilder

from soundscape.core.cues.table import CUES
from soundscape.core.cues.words import Number

ROOT = "/soundscape/"
ANSWER = f"{ROOT}answer"
MOST_BYTES = 4096
MOST_MESSAGES = 16
MOST_DEPTH = 3
_BUNDLE = b"#bundle\0"
_BUNDLE_HEAD = 16
_FORM = re.compile(rb"/soundscape/([a-z]{1,20})\0{1,4}(?:,([ifhdsTFN]{0,16})\0.*)?", re.DOTALL)


class Bad(Exception):
    """A datagram that is not one of ours."""


@dataclass(frozen=True, slots=True)
class OscCue:
    """A message: the name in its address, and its arguments as words. `let_go` marks a released
    button, which gives nothing."""

    name: str
    words: tuple[str, ...] = ()
    let_go: bool = False


def read_packet(data: bytes) -> list[OscCue]:
    """List what a datagram asks for, in order, whatever a bundle's time. Raises `Bad`."""
    if len(data) > MOST_BYTES:
        raise Bad("larger than any cue")
    found = [_read(each) for each in _messages(data, MOST_DEPTH)]
    if not found:
        raise Bad("an empty bundle")
    return found


def answer_packet(name: str, ok: bool, text: str) -> bytes:
    """Build the answer to a cue: its name, 1 or 0, and the session's answer."""
    message = OscMessageBuilder(ANSWER)
    for value in (name, int(ok), text):
        message.add_arg(value)
    return message.build().dgram


def _messages(data: bytes, depth: int) -> Iterator[bytes]:
    """Yield the messages of a datagram, including those in bundles."""
    waiting = [(data, depth)]
    count = 0
    while waiting:
        each, left = waiting.pop(0)
        if not each.startswith(_BUNDLE):
            count += 1
            if count > MOST_MESSAGES:
                raise Bad("more messages than any hand has")
            yield each
        elif left == 0:
            raise Bad("bundles too deep")
        else:
            waiting = [*((part, left - 1) for part in _parts(each)), *waiting]


def _parts(bundle: bytes) -> list[bytes]:
    parts, at = [], _BUNDLE_HEAD
    while at < len(bundle):
        try:
            (size,) = struct.unpack_from(">i", bundle, at)
        except struct.error:
            raise Bad("a bundle that breaks off") from None
        at += 4
        if not 0 < size <= len(bundle) - at:
            raise Bad("a bundle that breaks off")
        parts.append(bundle[at : at + size])
        at += size
    return parts


def _read(data: bytes) -> OscCue:
    form = _FORM.fullmatch(data)
    if form is None:
        raise Bad("no address of ours, or no arguments of a cue")
    try:
        values = OscMessage(data).params
    except (ParseError, ValueError) as error:
        raise Bad(str(error)) from None
    name = form[1].decode()
    if _is_button(name, values):
        return OscCue(name, let_go=not values[0])
    return OscCue(name, tuple(_word(value) for value in values if value is not None))


def _is_button(name: str, values: list[object]) -> bool:
    """Whether the only value is the state of a button on a screen: a boolean, or a number if the
    cue takes none here."""
    if len(values) != 1 or isinstance(values[0], (str, type(None))):
        return False
    cue = CUES.get(name)
    counts = cue and any(isinstance(each, Number) and not each.option for each in cue.params)
    return isinstance(values[0], bool) or not counts


def _word(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else "nan"
    return str(value)
