"""Pairing by itself: what pairs a device and for how long, and how guessing is slowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from soundscape.core.errors import SoundscapeError
from soundscape.webremote.pairing import (
    FREE_IN_ALL,
    GUESSES_MOST,
    LIFE_S,
    MOST,
    WAIT_MOST_S,
    Devices,
    Pairing,
    Refused,
    Ticket,
    kind_of,
)


def wrong(ticket: Ticket) -> str:
    return f"{(int(ticket.code) + 1) % 10**6:06d}"


def guess(pairing: Pairing, code: str, address: str, now: float) -> Refused:
    with pytest.raises(Refused) as refused:
        pairing.by_code(code, address, now)
    return refused.value


def test_a_ticket_is_good_once() -> None:
    """By its secret or its six digits, one device in all; and a new one ends the one before."""
    pairing = Pairing()
    first = pairing.open(0.0, keep=False)
    assert len(first.code) == 6
    assert pairing.by_code(first.code, "a", 1.0) == first
    guess(pairing, first.code, "a", 2.0)
    with pytest.raises(Refused):
        pairing.by_secret(first.secret, 2.0)
    second = pairing.open(3.0, keep=True)
    third = pairing.open(4.0, keep=True)
    with pytest.raises(Refused):
        pairing.by_secret(second.secret, 5.0)
    assert pairing.by_secret(third.secret, 5.0).keep
    guess(pairing, third.code, "a", 6.0)


def test_a_ticket_grows_old() -> None:
    """To its last moment it is good, and from then on for nobody."""
    pairing = Pairing()
    ticket = pairing.open(0.0, keep=False)
    assert pairing.ticket(LIFE_S - 0.1) == ticket
    with pytest.raises(Refused):
        pairing.by_secret(ticket.secret, LIFE_S)
    assert pairing.ticket(LIFE_S) is None


def test_whoever_guesses_waits_longer_each_time() -> None:
    """One who guesses waits 1, 2, 4 s; until then even the right digits are not looked at, and
    somebody else is not held up by the first few."""
    pairing = Pairing()
    ticket = pairing.open(0.0, keep=False)
    now = 0.0
    waits = []
    for _ in range(FREE_IN_ALL):
        refused = guess(pairing, wrong(ticket), "thief", now)
        assert guess(pairing, ticket.code, "thief", now + refused.wait_s - 0.1).wait_s > 0
        waits.append(refused.wait_s)
        now += refused.wait_s
    assert waits == [1.0, 2.0, 4.0]
    assert pairing.wrong == FREE_IN_ALL
    assert pairing.last_wrong_from == "thief"
    assert pairing.by_code(ticket.code, "friend", now) == ticket


def test_many_who_guess_are_slowed_in_all() -> None:
    """From ever other addresses: everybody waits, ever longer, and after ten wrong codes the
    digits are good for nothing; a new ticket is needed."""
    pairing = Pairing()
    ticket = pairing.open(0.0, keep=False)
    now, waited = 0.0, 0.0
    for number in range(2 * GUESSES_MOST):
        refused = guess(pairing, wrong(ticket), f"thief {number}", now)
        if "no longer valid" in refused.why:
            break
        step = refused.wait_s
        if number >= FREE_IN_ALL:
            assert guess(pairing, ticket.code, "friend", now + step - 0.1).wait_s > 0
        now, waited = now + step, waited + step
    assert pairing.wrong == GUESSES_MOST
    assert waited > WAIT_MOST_S
    assert pairing.ticket(now) is None
    again = pairing.open(now, keep=False)
    assert pairing.by_code(again.code, "friend", now + WAIT_MOST_S) == again


def test_a_device_is_known_by_what_only_it_holds(tmp_path: Path) -> None:
    """Of its token only a hash is written; one for this session is nobody in the next, one that is
    kept is known until it is revoked; what cannot be read lets nobody in."""
    path = tmp_path / "remote" / "devices.json"
    devices = Devices(path, "first")
    once, token = devices.add("iPhone", keep=False)
    kept, kept_token = devices.add("Android", keep=True)
    text = path.read_text("utf-8")
    assert token not in text
    assert kept_token not in text
    for each in (devices, Devices(path, "first")):
        assert each.by_token(token) == once
        assert each.by_token("") is None
        assert each.by_token(once.hashed) is None, "what is written is no way in"
    later = Devices(path, "second")
    assert later.by_token(token) is None
    assert later.by_token(kept_token) == kept
    assert later.revoke(once.id) is None
    assert later.revoke(kept.id) == kept
    assert Devices(path, "second").all == ()
    for harm in ("{", "[1]", "[[]]", '{"a": 1}', "null"):
        path.write_text(harm, "utf-8")
        assert Devices(path, "first").all == ()


def test_there_is_an_end_of_devices(tmp_path: Path) -> None:
    """A list that only grows would be read by nobody; names are not given twice."""
    devices = Devices(tmp_path / "devices.json", "s")
    for _ in range(MOST):
        devices.add("other", keep=False)
    assert len({each.id for each in devices.all}) == MOST
    with pytest.raises(SoundscapeError, match="remote rm"):
        devices.add("other", keep=False)
    devices.forget_session()
    assert devices.all == ()


def test_what_a_browser_says_is_no_name() -> None:
    """Only one word of a short list is kept of it."""
    assert kind_of("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)") == "iPhone"
    assert kind_of("Mozilla/5.0 (Linux; Android 14; Anna's phone)") == "Android"
    assert kind_of("Anna") == "other"
