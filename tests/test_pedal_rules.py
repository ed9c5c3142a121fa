"""Which press says which cue, without a device: guards, held pedals, and the bindings' file."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundscape.controllers.bindings import Bindings, load_bindings, save_bindings
from soundscape.controllers.presses import (
    MOST_HEARD,
    Binding,
    Button,
    ButtonMessage,
    Feet,
    PressFilter,
    as_text,
    device_of,
    feel,
    hear,
    press,
    read_bound,
    without,
)
from soundscape.core.cues.table import CUES
from soundscape.core.errors import InputError
from soundscape.home import write_private
from soundscape.tui.keys import AGAIN_S, GUARD_S, HELD_DOWN_S, CueKeyed

SOFTEN, STOP, END = CueKeyed("soften", ("6",)), CueKeyed("stop"), CueKeyed("end")
FOOT = Button("FS-1", "control", 1, 64)


def said(guard: PressFilter, what: CueKeyed, at: list[float]) -> tuple[PressFilter, list[object]]:
    """What comes of presses at these moments."""
    found: list[object] = []
    for now in at:
        guard, outcome = press(guard, FOOT, what, now)
        found.append(outcome)
    return guard, found


def test_a_double_hit_gives_one_cue() -> None:
    """What follows within the guard is the same hit, however often; a later one is another. One
    button does not hold up another."""
    _, found = said(PressFilter(), SOFTEN, [0, 0.1, 0.4, 0.7, 1.2])
    assert found == [SOFTEN, "double", "double", "double", SOFTEN]
    guard, _ = press(PressFilter(), FOOT, SOFTEN, 0)
    assert press(guard, "another", SOFTEN, 0.01)[1] == SOFTEN


def test_stop_said_twice_cuts_and_end_asks() -> None:
    """`stop` waits only as long as a contact bounces, and who hammers on it is heard; `end` gives
    nothing until it is pressed again in time, with no other cue in between."""
    soon = HELD_DOWN_S / 2
    _, found = said(PressFilter(), STOP, [0, soon, 0.2])
    assert found == [STOP, "double", STOP]
    _, found = said(PressFilter(), STOP, [each * soon * 1.1 for each in range(5)])
    assert found.count(STOP) == 3
    _, found = said(PressFilter(), END, [0, 0.1, 1.0])
    assert found == ["asks", "double", END]
    _, found = said(PressFilter(), END, [0, AGAIN_S + 0.1, AGAIN_S + 3])
    assert found == ["asks"] * 3
    guard, _ = press(PressFilter(), FOOT, END, 0)
    guard, _ = press(guard, "another", SOFTEN, 0.5)
    assert press(guard, FOOT, END, 1.0)[1] == "asks"
    assert {cue.name for cue in CUES.values() if cue.asks_twice} == {"end"}


def test_no_flood_of_buttons_is_remembered() -> None:
    """Whatever is sent, what is kept of it is bounded, and the newest is what is kept."""
    guard = PressFilter()
    for number in range(MOST_HEARD + 50):
        guard, _ = press(guard, number, SOFTEN, number)
    assert len(guard.last) == MOST_HEARD
    assert MOST_HEARD + 49 in guard.last


def test_what_messages_say() -> None:
    """A note with velocity 0 is let go; channels count from 1; clocks and wheels are no buttons;
    a device keeps its name where its port's numbers change."""
    note = mido.Message("note_on", channel=2, note=60, velocity=1)
    assert hear("P", note) == ButtonMessage(Button("P", "note", 3, 60), 127)
    for gone in (note.copy(velocity=0), mido.Message("note_off", channel=2, note=60, velocity=64)):
        assert hear("P", gone) == ButtonMessage(Button("P", "note", 3, 60), 0)
    assert hear("P", mido.Message("program_change", program=5)) == ButtonMessage(
        Button("P", "program", 1, 5), 127
    )
    for kind in ("clock", "active_sensing", "pitchwheel", "aftertouch", "polytouch", "sysex"):
        assert hear("P", mido.Message(kind)) is None
    assert device_of("FS-1-WL:FS-1-WL MIDI 1 20:0") == device_of("FS-1-WL:FS-1-WL MIDI 1 24:0")


def outcomes(values: list[int], *, step_s: float = 1.0, **more: object) -> list[object]:
    """What comes of a control's values, a second apart."""
    bindings = [Binding("control", 64, SOFTEN, "FS-1", **more)]  # type: ignore[arg-type]
    feet, found = Feet(), []
    for number, value in enumerate(values):
        feet, felt = feel(feet, bindings, ButtonMessage(FOOT, value), number * step_s)
        found.append(felt.outcome if felt else "-")
    return found


def test_a_held_pedal_says_its_cue_once() -> None:
    """However often a device tells that it is down, and however a foot trembles at the half, it is
    one press until it was let go; a device that never tells so is pressed by each message."""
    assert outcomes([127, 127, 90, 127]) == [SOFTEN, "-", "-", "-"]
    assert outcomes([63, 64, 60, 64, 127]) == ["-", SOFTEN, "-", "-", "-"]
    assert outcomes([127, 0, 127]) == [SOFTEN, "-", SOFTEN]
    assert outcomes([127, 127, 0], lets_go=False) == [SOFTEN, SOFTEN, "-"]
    assert outcomes([127, 127], lets_go=False, step_s=0.1) == [SOFTEN, "double"]
    feet, _ = feel(Feet(), [], ButtonMessage(FOOT, 127), 0)
    assert without(feet, "FS-1") == Feet(), "unplugged while it was down, it is up again"
    assert without(feet, "another") == feet


def test_whose_button_it_is() -> None:
    """Device, channel, kind and number have to be its own; left out they are anybody's."""
    assert Binding("control", 64, SOFTEN).fits(FOOT)
    for other in (
        Binding("control", 64, SOFTEN, "FS-2"),
        Binding("control", 64, SOFTEN, channel=2),
        Binding("note", 64, SOFTEN),
        Binding("control", 65, SOFTEN),
    ):
        assert not other.fits(FOOT)
        _, felt = feel(Feet(), [other], ButtonMessage(FOOT, 127), 0)
        assert felt is not None
        assert felt.outcome is None


@given(st.lists(st.tuples(st.floats(0, 0.5), st.integers(0, 127)), max_size=40))
def test_cues_lie_a_guard_apart(steps: list[tuple[float, int]]) -> None:
    """Whatever a pedal sends, two cues of it lie at least the guard apart, and it was let go in
    between."""
    bindings = [Binding("control", 64, SOFTEN)]
    feet, now, given_at, lowest = Feet(), 0.0, -1.0, 0
    for wait_s, value in steps:
        now += wait_s
        lowest = min(lowest, value)
        feet, felt = feel(feet, bindings, ButtonMessage(FOOT, value), now)
        if felt is not None and felt.outcome == SOFTEN:
            assert now - given_at >= GUARD_S
            assert lowest < 64
            given_at, lowest = now, 127


# The file.

GOOD = """\
guard_s: 0.5
pedals:
  - {device: "FS-1", channel: 1, control: 64, cue: soften 6}
  - {note: 60, cue: 'mark --person "A"', lets_go: false}
  - {program: 0, cue: stop}
keys:
  pagedown: next --never
"""
BAD = """\
gaurd_s: 0.5
pedals:
  - {control: 64, cue: sofen}
  - {control: 200, note: 1, cue: soften}
  - {cue: soften}
  - {control: 65, cue: soften 99 x, chanel: 2}
  - {control: 66, channel: 0, cue: extend}
  - {control: "67", cue: pause}
  - {control: 68}
  - 7
keys:
  pagedwn: next
  f1: nex
  f2: end 60
"""


def test_the_file_says_what_it_means_and_is_written_as_it_is_read(tmp_path: Path) -> None:
    """Every key is read, and what is written is read the same; without a file nothing is bound."""
    path = tmp_path / "bindings.yaml"
    assert load_bindings(path) == Bindings()
    write_private(path, GOOD)
    found = load_bindings(path)
    assert found.guard_s == 0.5
    assert found.pedals == (
        Binding("control", 64, SOFTEN, "FS-1", 1),
        Binding("note", 60, CueKeyed("mark", ("--person", "A")), lets_go=False),
        Binding("program", 0, STOP),
    )
    assert found.keys == {"pagedown": CueKeyed("next", ("--never",))}
    again = found.with_pedal(Binding("program", 0, END))
    assert [as_text(each.said) for each in again.pedals] == [
        "soften 6",
        "mark --person A",
        "end",
    ]
    for each in (again, again.without(again.pedals)):
        save_bindings(path, each)
        assert load_bindings(path) == each


def test_every_fault_of_the_file_is_told_in_its_place(tmp_path: Path) -> None:
    """All of them in one go, with line, column and the nearest name; cues are read at once."""
    path = tmp_path / "bindings.yaml"
    path.write_text(BAD, "utf-8")
    with pytest.raises(InputError) as caught:
        load_bindings(path)
    told = [str(fault).removeprefix(f"{path}:") for fault in caught.value.faults]
    for expected in (
        "1:1: unknown key `gaurd_s`; did you mean `guard_s`?",
        "3:24: cue: no cue is called `sofen`; did you mean `soften`?",
        "4:15: control: Input should be less than or equal to 127",
        "5:5: expected one of `note`, `control` and `program`, not none",
        "6:24: cue: unexpected word `x`",
        "6:24: cue: db: expected a number from 0.5 to 20, not 99",
        "6:37: unknown key `chanel`; did you mean `channel`?",
        "7:28: channel: Input should be greater than or equal to 1",
        "7:36: cue: minutes is missing: how many minutes",
        "8:15: control: Input should be a valid integer",
        "9:5: `cue` is missing from this pedal; write for example `cue: soften`",
    ):
        assert expected in told
    assert told[11].startswith("10:5: ")
    assert told[12:] == [
        "12:3: `pagedwn` is not a key that can be bound; did you mean `pagedown`?",
        "13:7: f1: no cue is called `nex`; did you mean `next`?",
        "14:7: f2: a key gives `end` without words, since it asks for a second press; write `end`",
    ]
    path.write_text("pedals: [{note: 1, cue: 5}]\n", "utf-8")
    with pytest.raises(InputError, match=r"1:25: cue: Input should be a valid string"):
        load_bindings(path)
    path.write_text("pedals: [{note: 1, cue: pause}, {note: 1, cue: stop}]\n", "utf-8")
    with pytest.raises(InputError, match="already gives a cue"):
        load_bindings(path)


def test_a_cue_is_written_in_one_line() -> None:
    """As it is typed, quotes and all; what the session would refuse is refused at once, and the
    words of a note too: no file but a session's own holds them."""
    for text in ("soften", "soften 6", "next --never", "dose A --ago 5", "ambience 'a sea'"):
        assert as_text(read_bound(text)) == text
    for text in ("", "soft", "soften x", "mark 'x", "mark Anna", "extend", "pause --al"):
        with pytest.raises(InputError):
            read_bound(text)
