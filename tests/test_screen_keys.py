"""The keys of the live screen, without a screen: what each says, and what guards against chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundscape.core.cues.table import CUES
from soundscape.tui.keyboard import foot, help_rows, key_rows, list_rows
from soundscape.tui.keys import (
    AGAIN_S,
    BACK,
    BY_KEY,
    BY_PICK_KEY,
    CHOICE_KEYS,
    FREE,
    GUARD_S,
    HELP,
    INTERRUPT,
    LEAVE,
    LIST_S,
    LOCK,
    SETTLES_S,
    CueKeyed,
    Keyboard,
    offered,
    pass_time,
    press,
)

OFFERS = offered(
    {
        "ambiences": ["fire", "ocean", "rain"],
        "phases": ["onset", "peak", "return"],
        "persons": ["A", "B"],
    }
)
APART_S = 0.3
"""Presses that somebody means."""

OWN = {LEAVE, HELP, LOCK, BACK, INTERRUPT}
LOCKED_CUES = {"mark", "soften", "pause", "resume", "talk", "reflect", "stop"}


@dataclass
class Typist:
    """A keyboard and a clock."""

    hand: Keyboard = field(default_factory=Keyboard)
    now: float = 100.0
    done: list[object] = field(default_factory=list)

    def press(self, *keys: str, apart_s: float = APART_S) -> list[object]:
        """Press keys, one after the other; what came of them."""
        before = len(self.done)
        for key in keys:
            self._pass(apart_s)
            self.hand, deed = press(self.hand, key, self.now, OFFERS)
            self._keep(deed)
        return self.done[before:]

    def wait(self, seconds: float) -> list[object]:
        """Let time pass, a quarter of a second at a time; what came of it."""
        before = len(self.done)
        while seconds > 0:
            self._pass(min(seconds, 0.25))
            seconds -= 0.25
        return self.done[before:]

    def _pass(self, seconds: float) -> None:
        self.now += seconds
        self.hand, deed = pass_time(self.hand, self.now)
        self._keep(deed)

    def _keep(self, deed: object) -> None:
        if deed is not None:
            self.done.append(deed)


@pytest.fixture
def board() -> Typist:
    return Typist()


def text_of(rows: Sequence[tuple[tuple[str, str], ...]]) -> str:
    return "\n".join("".join(text for text, _ in row) for row in rows)


# The table.


def test_every_key_of_the_table_is_one_and_its_own() -> None:
    """Each cue has one key, a single character of any keyboard; no two share one, and none is the
    screen's own. A capital stands only for the list of its own small letter."""
    keys = [cue.key for cue in CUES.values()]
    assert all(len(key) == 1 and key.isascii() and key.isprintable() for key in keys)
    assert not any(key.isupper() or key.isspace() for key in keys)
    lists = [cue.pick_key for cue in CUES.values() if cue.pick_key not in ("", cue.key)]
    every = [*keys, *lists]
    assert len(set(every)) == len(every)
    assert not set(every) & OWN
    assert len(BY_KEY) == len(CUES)


@pytest.mark.parametrize("wordy", [False, True])
def test_every_key_is_shown_beside_its_cue(wordy: bool) -> None:
    """In short and in full, and in the help, each key stands before the cue it says; a key that
    opens a list is shown too."""
    for shown in (text_of(key_rows(Keyboard(), 180, wordy=wordy)), text_of(help_rows(100, {}))):
        for cue in CUES.values():
            entry = [cell for cell in shown.split("  ") if cue.name in cell.split()]
            assert entry, cue.name
            assert f"{cue.key} " in shown
    shown = text_of([*key_rows(Keyboard(), 80, wordy=False), foot(Keyboard())])
    for cue in CUES.values():
        assert f"{cue.key} {cue.name}" in shown
        assert cue.pick_key in shown
    for key in (LEAVE, HELP, "Ctrl-L", "Ctrl-C", "the session goes on"):
        assert key in shown


@pytest.mark.parametrize("cue", CUES.values(), ids=lambda cue: cue.name)
def test_one_key_says_one_cue(board: Typist, cue: object) -> None:
    """Nothing needs Enter: each key says its cue at once, with words that the cue takes. `end`
    wants its key again; a cue that needs a word opens its list."""
    row = CUES[cue.name]  # type: ignore[attr-defined]
    done = board.press(row.key)
    if row.asks_twice:
        assert done == []
        assert board.hand.asked == row.name
        return
    if row.needs_words:
        assert done == []
        assert board.hand.picking == row.name
        done = board.press("1")
    (said,) = done
    assert isinstance(said, CueKeyed)
    assert said.cue == row.name
    row.args(said.words)


@pytest.mark.parametrize("name", [cue.name for cue in CUES.values() if cue.pick])
def test_every_choice_of_a_list_is_words_that_its_cue_takes(name: str) -> None:
    """Two presses at most; each choice is shown with its key, and is what its cue takes."""
    row = CUES[name]
    choices = OFFERS[name]
    shown = text_of(list_rows(name, choices, 80))
    for key, choice in zip(CHOICE_KEYS, choices, strict=False):
        board = Typist()
        (said,) = board.press(row.pick_key, key)
        assert isinstance(said, CueKeyed)
        assert said.cue == name
        args = row.args(said.words)
        value = args[row.pick]
        assert choice in (value, f"{value:g}" if isinstance(value, float) else None)
        assert f"{key} {choice}" in shown
        assert not board.hand.picking


def test_only_end_asks_twice_and_stop_never_does() -> None:
    """Of all cues, `end` alone."""
    assert [cue.name for cue in CUES.values() if cue.asks_twice] == ["end"]


# Second presses.


def test_end_is_said_by_two_presses_within_two_seconds(board: Typist) -> None:
    """The second press within 2 s says it, once it is clear that nothing lies on the key."""
    assert board.press("e") == []
    assert board.press("e", apart_s=1.9) == []
    assert board.wait(SETTLES_S) == [CueKeyed("end")]
    assert board.hand == Keyboard(last_key="e", last_at=board.hand.last_at)


def test_a_late_second_press_asks_again(board: Typist) -> None:
    """After 2 s the first press is forgotten."""
    board.press("e")
    assert board.press("e", apart_s=AGAIN_S + 0.01) == []
    assert board.hand.asked == "end"
    assert board.hand.settles_at is None
    assert board.wait(AGAIN_S + 1.0) == []
    assert board.hand.asked == ""


@pytest.mark.parametrize("every_s", [0.015, 0.033, 0.092, 0.11])
def test_something_that_lies_on_the_key_ends_nothing(board: Typist, every_s: float) -> None:
    """A key that is held down comes again after half a second, and then 10 to 60 times a second:
    that is no second press, however long it lasts."""
    assert board.press("e") == []
    assert board.press("e", apart_s=0.5) == []
    assert board.press(*"e" * 60, apart_s=every_s) == []
    assert board.wait(3.0) == []


def test_another_key_between_takes_the_question_back(board: Typist) -> None:
    """`e`, another cue, `e`: the session does not end. Escape takes it back, too."""
    assert board.press("e", "s", "e") == [CueKeyed("soften")]
    assert board.wait(3.0) == []
    board.press("e", BACK)
    assert board.hand.asked == ""
    board.press("e", "e", BACK)
    assert board.wait(3.0) == []


def test_a_wrong_key_between_changes_nothing(board: Typist) -> None:
    """It does nothing, so it does not take back what was begun either."""
    board.press("e", "j", "e", "7")
    board.wait(1.0)
    assert board.done == [CueKeyed("end")]


def test_stop_is_said_at_once_and_again(board: Typist) -> None:
    """Never a question; the second press is a second `stop`, which cuts."""
    assert board.press("x", "x", apart_s=0.2) == [CueKeyed("stop"), CueKeyed("stop")]


def test_hammering_on_stop_is_heard(board: Typist) -> None:
    """However fast it is pressed, the second `stop` comes."""
    said = board.press(*"x" * 6, apart_s=0.05)
    assert said[:2] == [CueKeyed("stop"), CueKeyed("stop")]


@pytest.mark.parametrize("key", [cue.key for cue in CUES.values() if cue.name != "stop"])
def test_a_key_that_is_held_down_says_its_cue_no_more_than_twice(board: Typist, key: str) -> None:
    """Once when pressed and at most once when the keyboard begins to repeat it."""
    said = board.press(key)
    said += board.press(key, apart_s=0.5)
    said += board.press(*key * 100, apart_s=0.033)
    assert len(said) <= 2


# Wrong keys.

NO_KEYS = [
    *(c for c in map(chr, range(32, 127)) if c.lower() not in BY_KEY and c not in {*OWN, *BY_KEY}),
    *("enter", "tab", "up", "f1", "f12", "backspace", "delete", "ctrl+z", "ctrl+d", "ctrl+q"),
    *("ctrl+s", "ctrl+x", "home", "ä", "щ", "中"),
]


@pytest.mark.parametrize("state", [Keyboard(), Keyboard(locked=True), Keyboard(help=True)])
def test_a_wrong_key_does_nothing(state: Keyboard) -> None:
    """No key that is not shown says anything or changes anything."""
    for key in NO_KEYS:
        board = Typist(state)
        assert board.press(key) == []
        assert board.wait(3.0) == []
        assert board.hand == Keyboard(
            locked=state.locked, help=state.help, last_key=key, last_at=board.hand.last_at
        )


def test_caps_lock_never_keeps_a_cue_from_being_said(board: Typist) -> None:
    """A capital that opens no list is the small letter; those that act at once have no list."""
    for cue in CUES.values():
        if cue.urgent:
            assert cue.key.upper() not in BY_PICK_KEY
            assert board.press(cue.key.upper()) == [CueKeyed(cue.name)]


# Lists.


def test_escape_leaves_a_list_and_time_does(board: Typist) -> None:
    """Nothing is said either way, and keys mean again what they always do."""
    assert board.press("a", BACK) == []
    assert board.press("s") == [CueKeyed("soften")]
    board.press("a")
    board.wait(LIST_S + 1.0)
    assert board.hand.picking == ""
    assert board.press("s") == [CueKeyed("soften")]


@pytest.mark.parametrize("key", [cue.key for cue in CUES.values() if cue.urgent])
def test_what_is_urgent_works_while_a_list_is_open(board: Typist, key: str) -> None:
    """And closes it."""
    board.press("a")
    assert board.press(key) == [CueKeyed(BY_KEY[key].name)]
    assert board.hand.picking == ""


def test_other_keys_do_nothing_while_a_list_is_open(board: Typist) -> None:
    """Only its own, and those that are urgent."""
    board.press("a")
    for key in ("9", "l", "e", LEAVE, INTERRUPT, HELP, "enter"):
        assert board.press(key) == []
        assert board.hand.picking == "ambience"


def test_a_list_with_nothing_to_choose_is_not_opened(board: Typist) -> None:
    """Without a status its key does nothing; where an arc names nobody there are A and B."""
    hand, deed = press(Keyboard(), "a", 1.0, {})
    assert (hand.picking, deed) == ("", None)
    one = {"ambiences": [], "phases": ["only"], "persons": []}
    assert offered(one)["mark"] == ("A", "B")
    assert offered(one)["ambience"] == ("off",)
    assert offered(None) == {}


# The lock.


def test_locked_only_the_few_cues_work() -> None:
    """Mark, soften, pause and resume, talk and reflect, and stop; capitals are small letters."""
    assert {cue.name for cue in CUES.values() if cue.when_locked} == LOCKED_CUES
    for cue in CUES.values():
        for key in {cue.key, cue.key.upper()}:
            board = Typist()
            assert board.press(LOCK) == []
            wanted = [CueKeyed(cue.name)] if cue.name in LOCKED_CUES else []
            assert board.press(key) == wanted
            assert board.wait(3.0) == []
            assert board.hand.locked
            assert board.hand.picking == board.hand.asked == ""


def test_locked_the_screen_cannot_be_left(board: Typist) -> None:
    """Nor help be opened."""
    board.press(LOCK)
    assert board.press(LEAVE, INTERRUPT, HELP, BACK) == []
    assert not board.hand.help


def test_the_lock_is_left_by_two_presses_and_not_by_chance(board: Typist) -> None:
    """One press of Ctrl-L does nothing, two within 2 s unlock, something that lies on the keys
    never does."""
    board.press(LOCK)
    board.press(LOCK)
    assert board.hand.locked
    board.wait(3.0)
    assert board.hand.locked
    board.press(LOCK, LOCK)
    board.wait(1.0)
    assert not board.hand.locked
    board.press(LOCK)
    board.press(LOCK, apart_s=1.0)
    board.press(LOCK, apart_s=0.5)
    board.press(*[LOCK] * 50, apart_s=0.033)
    board.wait(3.0)
    assert board.hand.locked


def test_locked_keys_are_shown_and_the_others_are_not() -> None:
    """What is shown works, and what works is shown; so is the way out."""
    hand = Keyboard(locked=True)
    shown = text_of([*key_rows(hand, 80, wordy=False), foot(hand)])
    for cue in CUES.values():
        assert (f"{cue.key} {cue.name}" in shown) is (cue.name in LOCKED_CUES)
    assert "Ctrl-L twice unlocks" in shown


def test_locking_closes_what_was_open(board: Typist) -> None:
    """A list, the help, a question."""
    for key in ("a", HELP, "e"):
        board.press(key, LOCK)
        assert board.hand.locked
        assert (board.hand.picking, board.hand.help, board.hand.asked) == ("", False, "")
        board.press(LOCK, LOCK)
        board.wait(1.0)


# Leaving.


@pytest.mark.parametrize("key", [LEAVE, INTERRUPT])
def test_leaving_is_one_key_and_says_no_cue(board: Typist, key: str) -> None:
    """The session is not told."""
    assert board.press(key) == ["leave"]


# Anything at all.

ANY = st.sampled_from([*BY_KEY, *BY_PICK_KEY, *OWN, *CHOICE_KEYS, *NO_KEYS])


@given(st.lists(st.tuples(ANY, st.floats(0.0, 3.0)), max_size=40))
def test_no_keys_end_a_session_but_end_twice_or_stop(presses: list[tuple[str, float]]) -> None:
    """Whatever is pressed: `end` is only said after `e` came twice within 2 s of each other, every
    cue that is said is one whose key was pressed, and while locked nothing else is said."""
    board = Typist()
    last_e: list[float] = []
    for key, apart_s in presses:
        board.now += apart_s
        locked = board.hand.locked
        for step in (
            pass_time(board.hand, board.now),
            press(pass_time(board.hand, board.now)[0], key, board.now, OFFERS),
        ):
            board.hand, deed = step
            if isinstance(deed, CueKeyed):
                assert not locked or deed.cue in LOCKED_CUES
                if deed.cue == "end":
                    assert len(last_e) >= 2
                    assert last_e[-1] - last_e[-2] <= AGAIN_S
                else:
                    keys = {CUES[deed.cue].key, CUES[deed.cue].pick_key}
                    pressed = {each for each, _ in presses}
                    assert keys & {*pressed, *(each.lower() for each in pressed)}
        if key in ("e", "E"):
            last_e.append(board.now)


# Keys that a person has bound: a clicker's.

BOUND = {
    "pagedown": CueKeyed("next"),
    "pageup": CueKeyed("soften", ("6",)),
    "space": CueKeyed("mark"),
    "f5": CueKeyed("end"),
    "f6": CueKeyed("stop"),
}


def test_a_bound_key_says_its_cue_with_its_words() -> None:
    """Each says what it was bound to, once for a double hit; `stop` counts twice, `end` asks; the
    lock and an open list hold for them as for the others; the help shows them beside their cue."""
    board = Typist(Keyboard(bound=BOUND))
    assert board.press("pageup", "pagedown", " ", apart_s=GUARD_S) == [
        CueKeyed("soften", ("6",)),
        CueKeyed("next"),
        CueKeyed("mark"),
    ]
    board.wait(1.0)
    assert board.press("pagedown", "pagedown", apart_s=GUARD_S - 0.05) == [CueKeyed("next")]
    assert board.press("f6", "f6", apart_s=0.2) == [CueKeyed("stop")] * 2
    assert board.press("f5") == []
    board.wait(0.5)
    assert board.press("f5", apart_s=0.0) == []
    assert board.wait(1.0) == [CueKeyed("end")]
    board.press("T")
    assert board.press("pagedown") == []
    board.press(BACK, LOCK)
    assert board.press("pagedown", "pageup") == [CueKeyed("soften", ("6",))]
    assert "pageup 6 · turn the music down" in text_of(help_rows(100, BOUND))
    assert not set(BOUND) & (set(BY_KEY) | OWN)
    assert set(BOUND) <= set(FREE)


def test_no_key_that_can_be_bound_says_anything_by_itself(board: Typist) -> None:
    """Unbound, all of them are keys that do nothing."""
    assert board.press(*FREE, " ") == []
    assert board.hand.asked == ""
