"""Bad arc files: every fault, each at its place, in words that say what to write."""

from __future__ import annotations

import pytest

from soundscape.core.errors import InputError
from soundscape.library.arcs.load import parse_arc

HEAD = "name: x\nphases:\n"
PEAK = HEAD + "  peak: {minutes: 20, playlist: a, intensity: 0.5}\n"


def phase(keys: str, more: str = "") -> str:
    """An arc of one phase `peak` in line 3, with these keys after a good `minutes` and playlist."""
    return f"{HEAD}  peak: {{minutes: 20, playlist: a, intensity: 0.5, {keys}}}\n{more}"


def faults_of(text: str | bytes) -> list[str]:
    """The faults of a text without the file's name: `line:column: what; do`."""
    with pytest.raises(InputError) as caught:
        parse_arc(text, "F")
    assert all(fault.where == "F" for fault in caught.value.faults)
    return [str(fault).removeprefix("F:") for fault in caught.value.faults]


DURATION = "expected a duration such as `20 min`, `90 s` or `1 h 30 min`, not"
STAGES = "`arrival`, `onset`, `peak`, `return`, `integration`"

ONE: dict[str, tuple[str, str]] = {
    # text -> the one fault
    "misspelt key": (
        phase("levle: 1"),
        "3:52: `levle` is not a key of a phase; did you mean `level`?",
    ),
    "misspelt key of the arc": (
        PEAK + "abuot: y\n",
        "4:1: `abuot` is not a key of an arc; did you mean `about`?",
    ),
    "unknown key": (
        PEAK + "defaults: {zzz: 1}\n",
        "4:12: `zzz` is not a key of `defaults`; its keys are `minutes`, `intensity`, `playlist`, "
        "`playlists`, `ambience`, `level`, `mode`, `crossfade`, `avoid`, `scene`",
    ),
    "misspelt needed key": (
        "nmae: x\n" + PEAK.split("\n", 1)[1],
        "1:1: `nmae` is not a key of an arc; did you mean `name`?",
    ),
    "misspelt playlist": (
        HEAD + "  peak: {minutes: 20, playlst: a, intensity: 0.5}\n",
        "3:23: `playlst` is not a key of a phase; did you mean `playlist`?",
    ),
    "no name": (
        "phases: {peak: {silence: true, until: cue}}",
        "1:1: `name` is missing from an arc",
    ),
    "no phases": ("name: x", "1:1: `phases` is missing from an arc"),
    "phases empty": ("name: x\nphases: {}", "2:1: expected at least one phase, not none"),
    "phases left out": ("name: x\nphases:\n", "2:1: expected at least one phase, not none"),
    "phases a word": ("name: x\nphases: y", "2:1: expected at least one phase, not `y`"),
    "a list": (
        "- a",
        "1:1: expected an arc, which begins with `name:` and `phases:`, not a list",
    ),
    "a phase of nothing": (
        HEAD + "  peak:\n",
        "3:3: `peak`: expected the keys of a phase, not nothing",
    ),
    "negative": (
        HEAD + "  peak: {minutes: -5, silence: true}",
        f"3:19: `minutes`: {DURATION} `-5`",
    ),
    "negative text": (
        HEAD + "  peak: {minutes: -5 min, silence: true}",
        f"3:19: `minutes`: {DURATION} `-5 min`",
    ),
    "zero": (
        HEAD + "  peak: {minutes: 0, silence: true}",
        "3:19: `minutes`: expected more than 0 and at most 12 h, not `0`",
    ),
    "enormous": (
        HEAD + "  peak: {minutes: 13 h, silence: true}",
        "3:19: `minutes`: expected more than 0 and at most 12 h, not `13 h`",
    ),
    "more than enormous": (
        HEAD + f"  peak: {{minutes: {'9' * 400}, silence: true}}",
        f"3:19: `minutes`: {DURATION} `inf`",
    ),
    "infinite": (
        HEAD + "  peak: {minutes: .inf, silence: true}",
        f"3:19: `minutes`: {DURATION} `inf`",
    ),
    "not a number": (
        HEAD + "  peak: {minutes: .nan, silence: true}",
        f"3:19: `minutes`: {DURATION} `nan`",
    ),
    "a colon is no duration": (
        HEAD + "  peak: {minutes: 1:30, silence: true}",
        f"3:19: `minutes`: {DURATION} `1:30`; `:` could be hours or minutes",
    ),
    "a truth is no number": (
        HEAD + "  peak: {minutes: true, silence: true}",
        f"3:19: `minutes`: {DURATION} `true`",
    ),
    "24 hours": (
        HEAD
        + "  peak: {minutes: 12 h, silence: true}\n  onset: {minutes: 12 h, silence: true}\n"
        + "  return: {minutes: 1, silence: true}\n",
        "2:1: the phases are 24 h 1 min long together; at most 24 h are allowed",
    ),
    "no minutes": (
        HEAD + "  peak: {silence: true}",
        "3:3: `minutes` is missing from phase `peak`; write for example `minutes: 20`, or "
        "`until: cue`",
    ),
    "nothing to hear": (
        HEAD + "  peak: {minutes: 20}",
        "3:3: phase `peak` has neither `playlist` nor `ambience`; say `silence: true` if the "
        "silence is meant",
    ),
    "ambience off is nothing to hear": (
        HEAD + "  peak: {minutes: 20, ambience: off}",
        "3:3: phase `peak` has neither `playlist` nor `ambience`; say `silence: true` if the "
        "silence is meant",
    ),
    "no intensity": (
        HEAD + "  peak: {minutes: 20, playlist: a}",
        "3:3: `intensity` is missing from phase `peak`; write for example `intensity: [0.2, 0.5]`",
    ),
    "no stage": (
        HEAD + "  descent: {minutes: 20, silence: true}",
        "3:3: `descent` is not a stage, so `stage` has to say what it is; write `stage:` with one "
        f"of {STAGES}",
    ),
    "nearly a stage": (
        HEAD + "  onst: {minutes: 20, silence: true}",
        "3:3: `onst` is not a stage, so `stage` has to say what it is; did you mean `onset`? Or "
        f"write `stage:` with one of {STAGES}",
    ),
    "mode": (
        phase("mode: tlak"),
        "3:58: `mode`: expected `reflect` or `talk`, not `tlak`; did you mean `talk`?",
    ),
    "until": (
        phase("until: dos"),
        "3:59: `until`: expected `dose` or `cue`, not `dos`; did you mean `dose`?",
    ),
    "on is not true": (
        HEAD + "  peak: {minutes: 20, silence: on}",
        "3:32: `silence`: expected `true` or `false`, not `on`",
    ),
    "level": (
        phase("level: 7 dB"),
        "3:59: `level`: expected a level between -60 dB and +6 dB, not `7 dB`",
    ),
    "level in words": (
        phase("level: loud"),
        "3:59: `level`: expected a level such as `-12 dB`, not `loud`",
    ),
    "level without a value": (
        phase("level: "),
        "3:52: `level`: expected a level such as `-12 dB`, not nothing",
    ),
    "level and the arc's level": (
        phase("level: 4", "level: 3"),
        "3:52: a level of 4 dB with the arc's +3 dB is 7 dB; keep the sum between -60 dB and +6 dB",
    ),
    "crossfade bare": (
        phase("crossfade: 8"),
        "3:63: `crossfade`: expected between 2 s and 60 s, not `8`; a bare number is minutes; "
        "write `8 s`",
    ),
    "crossfade more than half": (
        HEAD + "  peak: {minutes: 20 s, playlist: a, intensity: 0.5, crossfade: 12 s}",
        "3:65: `crossfade`: a crossfade of 12 s is more than half of the phase; at most 10 s fits",
    ),
    "crossfade of itself more than half": (
        HEAD + "  peak: {minutes: 20 s, playlist: a, intensity: 0.5}",
        "3:3: a crossfade of 15 s is more than half of the phase (what a phase has that names "
        "none); write `crossfade: 10 s` or less",
    ),
    "crossfade of the defaults more than half": (
        "defaults: {crossfade: 12 s}\n" + HEAD + "  peak: {minutes: 20 s, silence: true}",
        "4:3: a crossfade of 12 s is more than half of the phase (that of `defaults`); write "
        "`crossfade: 10 s` or less",
    ),
    "too short for any crossfade": (
        HEAD + "  peak: {minutes: 3 s, silence: true}",
        "3:19: `minutes`: a phase lasts at least 4 s",
    ),
    "intensity beyond 1": (
        HEAD + "  peak: {minutes: 20, playlist: a, intensity: [0.1, 1.5]}",
        "3:53: `intensity`: expected an intensity between 0 and 1, not `1.5`",
    ),
    "intensity nan": (
        HEAD + "  peak: {minutes: 20, playlist: a, intensity: .nan}",
        "3:47: `intensity`: expected an intensity between 0 and 1, not `nan`",
    ),
    "intensity empty": (
        HEAD + "  peak: {minutes: 20, playlist: a, intensity: []}",
        "3:47: `intensity`: expected a number between 0 and 1, a list of them, or "
        "`{minute: value}`, not an empty list",
    ),
    "intensity beyond the phase": (
        HEAD + "  peak: {minutes: 20, playlist: a, intensity: {0: 0.1, 21: 0.5}}",
        "3:56: `21` lies beyond the phase `peak`, which is 20 min long",
    ),
    "intensity twice at one minute": (
        HEAD + "  peak: {minutes: 20, playlist: a, intensity: {1: 0.1, 60 s: 0.5}}",
        "3:56: `60 s` is here twice, written differently",
    ),
    "playlist empty": (
        HEAD + "  peak: {minutes: 20, playlist: [], intensity: 0.5}",
        "3:33: `playlist`: expected a name or a list of names, not an empty list",
    ),
    "playlist listed twice": (
        HEAD + "  peak: {minutes: 20, playlist: [a, b, a], intensity: 0.5}",
        "3:40: `playlist`: `a` is in the list twice",
    ),
    "playlist and playlists": (
        phase("playlists: [b]"),
        "3:52: `playlists` beside `playlist`; write one of them, with a list",
    ),
    "silence and a playlist": (
        phase("silence: true"),
        "3:52: `silence: true` beside a playlist; leave one of them out",
    ),
    "silence and an ambience": (
        HEAD + "  peak: {minutes: 20, silence: true, ambience: rain}",
        "3:23: `silence: true` beside an ambience; leave `silence` out for ambience alone",
    ),
    "ambience misspelt": (
        phase("ambience: {name: rain, levle: -3}"),
        "3:75: `levle` is not a key of an ambience; did you mean `level`?",
    ),
    "ambience without a name": (
        phase("ambience: {level: -3}"),
        "3:62: `ambience`: `name` is missing; write `{name: rain, level: -14 dB}`",
    ),
    "ambience off at a level": (
        phase("ambience: {name: off, level: -3}"),
        "3:74: `off` has no level; leave the level out",
    ),
    "avoid of no kind": (
        phase("avoid: [tga:x]"),
        "3:60: `avoid`: expected `tag:...`, `artist:...` or `track:...`, not `tga:x`; did you mean "
        "`tag`?",
    ),
    "avoid with a blank": (
        phase("avoid: [tag: church]"),
        "3:60: `avoid`: a blank after the colon; write `tag:church` without it",
    ),
    "two doses": (
        HEAD
        + "  arrival: {until: dose, silence: true}\n"
        + "  peak: {minutes: 20, silence: true, until: dose}\n",
        "4:45: `until`: a second phase waits for the dose (the first is in line 3); write "
        "`until: cue`",
    ),
    "a booster that is higher": (
        PEAK + "  more: {stage: peak, only: booster, minutes: 9, playlist: a, intensity: 0.6}",
        "4:74: `intensity`: a booster is longer, never higher: 0.6 is above the others; at "
        "most 0.5",
    ),
    "a booster that is louder": (
        PEAK + "  more: {stage: peak, only: booster, minutes: 9, ambience: rain, level: 0}",
        "4:73: `level`: a booster is longer, never higher: 0 dB is above the others; at most -6 dB",
    ),
    "a booster waits for the dose": (
        PEAK + "  more: {stage: peak, only: booster, ambience: rain, until: dose}",
        "4:61: `until`: a booster phase comes after the dose and cannot wait for it; write "
        "`until: cue`, or only `minutes`",
    ),
    "only boosters": (
        HEAD + "  peak: {only: booster, minutes: 9, silence: true}",
        "2:1: every phase is `only: booster`; add the others",
    ),
    "name of digits": (
        "name: 5\n" + PEAK.split("\n", 1)[1],
        "1:7: `name`: expected text, not `5`; put it in quotes",
    ),
    "name of two lines": (
        'name: "a\\nb"\n' + PEAK.split("\n", 1)[1],
        "1:7: `name`: expected one line of text, not `a b`",
    ),
    "name with blanks around": (
        'name: " a"\n' + PEAK.split("\n", 1)[1],
        "1:7: `name`: expected no blanks around `a`",
    ),
    "name too long": (
        f"name: {'n' * 201}\n" + PEAK.split("\n", 1)[1],
        "1:7: `name`: expected at most 200 characters, not 201",
    ),
    "phase's name too long": (
        HEAD + f"  {'n' * 201}: {{stage: peak, minutes: 9, silence: true}}",
        "3:3: a phase's name: expected at most 200 characters, not 201",
    ),
    "phase twice in a list": (
        "name: x\nphases:\n- {name: peak, minutes: 9, silence: true}\n"
        "- {name: peak, minutes: 9, silence: true}\n",
        "4:10: `name`: a phase `peak` is here twice (first in line 3); give each a name of its own",
    ),
}


@pytest.mark.parametrize(("text", "fault"), ONE.values(), ids=ONE.keys())
def test_one_slip_is_one_fault_at_its_place(text: str, fault: str) -> None:
    """One slip gives one fault: its line and column, what was expected, and what to write."""
    assert faults_of(text) == [fault]


def test_every_fault_of_a_file_is_listed_at_once_in_order() -> None:
    """Faults of YAML, of single keys and of phases as a whole come in one list, sorted by place."""
    text = (
        "name: 5\nabuot: x\nabuot: y\nlevel: 4 dB\nphases:\n"
        "  onst: {minutes: 1:30, playlst: a, intensity: [0.2, 1.5, x]}\n"
        "  peak: {minutes: 20, playlist: a, intensity: {0: 0.4, 30: 0.5}, mode: tlak}\n"
        "  return: {minutes: 20 s, ambience: {nam: rain, level: 99}, level: 6 dB, "
        "crossfade: 11 s}\n"
        "  b:\n  integration: {minutes: 5}\n"
    )
    places = [fault.split(": ")[0] for fault in faults_of(text)]
    assert places == [
        "1:7", "2:1", "3:1", "6:3", "6:19", "6:25", "6:54", "6:59", "7:56", "7:72",
        "8:38", "8:56", "8:61", "8:85", "9:3", "10:3",
    ]  # fmt: skip


def test_phases_of_a_list_that_are_no_mappings_are_one_fault_each() -> None:
    """What stands in for a bad phase is never told: no name is in the file, so none is twice."""
    assert faults_of("name: x\nphases:\n- 5\n- 6\n") == [
        "3:3: `phases`: expected the keys of a phase, not `5`",
        "4:3: `phases`: expected the keys of a phase, not `6`",
    ]
