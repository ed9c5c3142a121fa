"""The one reading of a cue's words: any input ends in arguments or in one `InputError`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from soundscape.core.cues.table import CUES, Cue
from soundscape.core.cues.words import Flag, Number, Param, Text, from_values, from_words
from soundscape.core.errors import InputError

SETTINGS = settings(max_examples=examples(150), deadline=None, derandomize=True)
CUE = st.sampled_from(list(CUES.values()))
WORD = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["--", "--person", "--person=A", "--never", "--never=x", "-4", "4", "4 dB", "A"]
    ),
    st.floats().map(str),
    st.integers().map(str),
)
VALUE = st.one_of(
    st.none(), st.booleans(), st.text(max_size=8), st.floats(), st.integers(-(2**53), 2**53)
)


def is_good(cue: Cue, args: Mapping[str, Any]) -> None:
    """Whether arguments are what the row promises."""
    assert set(args) == {param.name for param in cue.params}
    for param in cue.params:
        value = args[param.name]
        if isinstance(param, Number):
            if value is None:
                assert param.default is None
                assert not param.required
                continue
            assert isinstance(value, float)
            assert param.least <= value <= param.most
        elif isinstance(param, Flag):
            assert isinstance(value, bool)
        else:
            assert isinstance(value, str) or (value is None and param.optional)


@SETTINGS
@given(CUE, st.lists(WORD, max_size=5))
def test_any_words_are_arguments_or_an_input_error(cue: Cue, words: list[str]) -> None:
    """Typed words never make anything but good arguments or an `InputError` with the usage."""
    try:
        args = cue.args(words)
    except InputError as error:
        assert error.faults  # noqa: PT017
        assert error.summary == f"usage: soundscape {cue.usage}"  # noqa: PT017
    else:
        is_good(cue, args)


@SETTINGS
@given(
    CUE,
    st.dictionaries(st.sampled_from(["db", "phase", "never", "note", "person", "name"]), VALUE)
    | st.dictionaries(st.text(max_size=5), VALUE, max_size=3),
)
def test_any_values_are_arguments_or_an_input_error(cue: Cue, values: dict[str, Any]) -> None:
    """Named values, of whatever plain type, never make anything else either."""
    try:
        args = cue.args(values)
    except InputError as error:
        assert error.faults  # noqa: PT017
    else:
        is_good(cue, args)


def test_a_number_too_great_for_a_float_is_out_of_bounds() -> None:
    """An integer that no float holds is refused like any other that is out of bounds."""
    with pytest.raises(InputError):
        from_values("soften", "soften [DB]", CUES["soften"].params, {"db": 10**400})


PARAMS: tuple[Param, ...] = (
    Number("db", "how many dB", default=4.0, least=0.5, most=20.0),
    Text("name", "which one"),
    Flag("never", "for good"),
    Text("person", "a letter", option=True, optional=True, letter=True),
)


def read(*words: str) -> dict[str, Any]:
    """Words for a cue that has one of everything."""
    return from_words("try", "try [DB] NAME", PARAMS, words)


def faults(*words: str) -> list[str]:
    """What is wrong with words."""
    with pytest.raises(InputError) as caught:
        read(*words)
    return [str(fault) for fault in caught.value.faults]


def test_every_fault_is_told_at_once() -> None:
    """Four mistakes in one line are four faults, each with what was expected or the nearest."""
    found = faults("loud", "rain", "more", "--nevr", "--person", "Ada")
    assert found == [
        "try: unknown option `--nevr`; did you mean `never`?",
        "try: unexpected word `more`",
        "try: db: expected a number from 0.5 to 20, not `loud`",
        "try: person: expected one letter, such as A; never a name",
    ]


def test_a_missing_word_and_a_missing_value_are_told() -> None:
    """What a cue cannot do without, and an option without its value."""
    assert faults("4", "--person") == [
        "try: --person is missing its value: a letter",
        "try: name is missing: which one",
    ]


@pytest.mark.parametrize("word", ["4", "4.0", " 4 ", "+4", "4 dB", "4dB", "4 db"])
def test_a_number_may_carry_its_unit(word: str) -> None:
    """Gains are read as people write them."""
    assert read(word, "rain")["db"] == 4.0


@pytest.mark.parametrize("word", ["", "-4", "nan", "inf", "1e1", "0x4", "4,5", "0.49", "20.01"])
def test_a_number_that_is_none_or_out_of_bounds_is_refused(word: str) -> None:
    """No exponent, no sign of a fall, nothing a float would take and a person would not write."""
    assert "expected a number from 0.5 to 20" in faults(word, "rain")[0]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "", "loud"])
def test_a_value_that_is_no_number_is_refused(value: Any) -> None:
    """What JSON or Python call a number is not always one."""
    with pytest.raises(InputError, match="expected a number"):
        from_values("try", "try", PARAMS, {"db": value, "name": "rain"})


def test_after_two_dashes_everything_is_words() -> None:
    """`--` ends the options: a note may begin with dashes."""
    args = from_words("mark", "mark", CUES["mark"].params, ["--person", "b", "--", "--never", "x"])
    assert args == {"note": "--never x", "person": "B"}


def test_a_text_has_an_end() -> None:
    """2000 characters of a note are taken, and one more is refused, not cut."""
    mark = CUES["mark"]
    assert from_words("mark", "mark", mark.params, ["x" * 2000])["note"] == "x" * 2000
    with pytest.raises(InputError, match="at most 2000 characters"):
        from_words("mark", "mark", mark.params, ["x" * 2001])


@pytest.mark.parametrize("word", ["", " ", "\t"])
def test_an_empty_word_is_not_taken_for_none(word: str) -> None:
    """A script's `transition "$PHASE"` whose variable is not set must not go on to the next phase.
    A note may be empty."""
    transition = CUES["transition"]
    with pytest.raises(InputError, match="phase: is empty"):
        from_words("transition", transition.usage, transition.params, [word])
    assert from_words("mark", "mark", CUES["mark"].params, [word])["note"] == word
