"""What a request may carry: a body of limited size, with a cue's words or values in it."""

from __future__ import annotations

import json

from starlette.types import Message, Receive

from soundscape.core.events import Value

BODY_MOST = 16_384
"""Bytes; a cue with the longest note is far smaller."""

TOO_LARGE = f"a body has at most {BODY_MOST} bytes"

REQUEST_MOST = 64

MOST = 2**53
"""The greatest whole number that every JSON reader knows exactly."""


def limited(receive: Receive) -> Receive:
    """The same, but whoever sends too much is gone."""
    seen = 0

    async def less() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_MOST:
            return {"type": "http.disconnect"}
        return message

    return less


Given = list[str] | dict[str, Value]


Seen = dict[str, float]


def given(body: bytes) -> tuple[Given, str, Seen] | None:
    """A cue's words, or its values by name, the request's own word, and the place that its giver
    saw; None where the body is none of that."""
    try:
        data = json.loads(body or b"{}")
        found = data.get("words", data.get("args", {}))
        request = _whole(data.get("request", ""))[:REQUEST_MOST]
        seen = {str(name): _number(value) for name, value in data.get("seen", {}).items()}
        if isinstance(found, list):
            return [_whole(word) for word in found], request, seen
        return {_whole(name): _value(value) for name, value in found.items()}, request, seen
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _value(value: object) -> Value:
    """A value as a cue may take one. Raises TypeError for lists and objects, ValueError for
    numbers that no cue can count with."""
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, int) and abs(value) > MOST:
        raise ValueError(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise TypeError(value)


def _number(value: object) -> float:
    """A number. Raises TypeError for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(value)
    return value


def _whole(word: str) -> str:
    """Text with whole characters only: half ones, from a byte that is no UTF-8, become `?`."""
    return word.encode("utf-8", "replace").decode("utf-8")
