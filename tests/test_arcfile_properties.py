"""Arcs written and read again, and texts mutilated at random."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from examples import examples
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from soundscape.core.arc import (
    DEFAULT_AMBIENCE_LEVEL_DB,
    DEFAULT_CROSSFADE_S,
    DEFAULT_LEVEL_DB,
    STAGES,
    Ambience,
    Arc,
    Curve,
    Phase,
)
from soundscape.core.errors import Fault, InputError
from soundscape.core.text import shown
from soundscape.library.arcs.load import arc_schema, parse_arc
from soundscape.library.units import format_duration
from soundscape.library.yamlfile import load_yaml

GOOD = (Path(__file__).parent.parent / "docs" / "guides" / "arcs.md").read_text(encoding="utf-8")
GOOD = max(GOOD.split("```yaml\n")[1:], key=len).split("```")[0]
VALIDATOR = jsonschema.Draft202012Validator(arc_schema())

words = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=30
).filter(lambda word: word == word.strip())
levels = st.floats(-30, 0).map(lambda x: round(x, 1))
values = st.floats(0, 1).map(lambda x: round(x, 3))


@st.composite
def curves(draw: st.DrawFn, length_s: int, top: float) -> Curve:
    """A curve at most `top` high, of points spread evenly or at whole seconds of the phase."""
    if draw(st.booleans()):
        points = draw(st.lists(values, min_size=1, max_size=6))
        return Curve.spread(tuple(min(value, top) for value in points))
    seconds = draw(st.sets(st.integers(0, length_s), min_size=1, max_size=6))
    return Curve(tuple((s / length_s, min(draw(values), top)) for s in sorted(seconds)))


@st.composite
def phases(draw: st.DrawFn, name: str, booster: bool, may_wait: bool) -> Phase:
    """Any phase a file can say; a booster no fuller or louder than the first phase."""
    length = draw(st.integers(40, 3600))
    kind = draw(st.sampled_from(("music", "ambience", "silence")))
    ambience = st.builds(Ambience, words.filter(lambda w: w != "off"), levels)
    off = Ambience("off", DEFAULT_AMBIENCE_LEVEL_DB)
    rest = st.just(off) | st.none()
    return Phase(
        name=name,
        stage=draw(st.sampled_from(STAGES)),
        length_s=float(length),
        curve=draw(curves(length, 0.0 if booster else 1.0)),
        playlists=tuple(draw(st.lists(words, min_size=1, max_size=3, unique=True)))
        if kind == "music"
        else (),
        level_db=-40.0 if booster else draw(levels),
        mode=draw(st.sampled_from(("reflect", "talk"))),
        until="time" if not may_wait else draw(st.sampled_from(("time", "cue"))),
        crossfade_s=float(draw(st.integers(2, min(60, length // 2)))),
        ambience=draw({"music": ambience | rest, "ambience": ambience, "silence": rest}[kind]),
        silence=kind == "silence",
        avoid=tuple(draw(st.lists(words.map(lambda w: f"tag:{w}"), max_size=2, unique=True))),
        scene=draw(st.just("") | words),
        booster=booster,
    )


@st.composite
def arcs(draw: st.DrawFn) -> Arc:
    """Any arc a file can say: a first phase that may wait for the dose, then any others."""
    names = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    made = [
        draw(phases(name, booster=i > 0 and draw(st.booleans()), may_wait=i > 0))
        for i, name in enumerate(names)
    ]
    return Arc(
        name=draw(words),
        phases=tuple(made),
        about=draw(st.just("") | words),
        source=draw(st.just("") | words),
        level_db=draw(st.floats(-6, 6).map(lambda x: round(x, 1))),
        library=draw(st.just("") | words),
        private=draw(st.booleans()),
    )


def written(arc: Arc, listed: bool, flow: bool, units: bool) -> str:
    """The arc as a person might write it: by name or as a list, in long lines or in short ones."""

    def duration(seconds: float) -> Any:
        return format_duration(seconds) if units or seconds % 60 else int(seconds // 60)

    def keys(phase: Phase) -> dict[str, Any]:
        points = phase.curve.points
        spread = Curve.spread(tuple(value for _, value in points))
        said: dict[str, Any] = {
            "stage": phase.stage,
            "minutes": duration(phase.length_s),
            "intensity": [value for _, value in points]
            if phase.curve == spread
            else {f"{round(x * phase.length_s)} s": value for x, value in points},
            "level": f"{phase.level_db} dB" if units else phase.level_db,
            "mode": phase.mode,
            "crossfade": format_duration(phase.crossfade_s),
        }
        if phase.playlists:
            one = len(phase.playlists) == 1
            said["playlist" if one else "playlists"] = (
                phase.playlists[0] if one else list(phase.playlists)
            )
        if phase.ambience:
            name, level = phase.ambience.name, phase.ambience.level_db
            at_default = level == DEFAULT_AMBIENCE_LEVEL_DB
            said["ambience"] = name if at_default else {"name": name, "level": level}
        said |= {"silence": True} if phase.silence else {}
        said |= {"until": phase.until} if phase.until != "time" else {}
        said |= {"avoid": list(phase.avoid)} if phase.avoid else {}
        said |= {"scene": phase.scene} if phase.scene else {}
        said |= {"only": "booster"} if phase.booster else {}
        return said

    body = {
        "name": arc.name,
        "about": arc.about,
        "source": arc.source,
        "library": arc.library,
        "level": arc.level_db,
        "private": arc.private,
        "phases": [{"name": phase.name, **keys(phase)} for phase in arc.phases]
        if listed
        else {phase.name: keys(phase) for phase in arc.phases},
    }
    if flow:  # JSON is YAML
        return json.dumps(body, ensure_ascii=False)
    lines = [f"{key}: {json.dumps(body[key])}" for key in body if key != "phases"]
    lines.append("phases:")
    for phase in arc.phases:
        lines.append(
            f"  - name: {json.dumps(phase.name)}" if listed else f"  {json.dumps(phase.name)}:"
        )
        lines += [f"    {key}: {json.dumps(value)}" for key, value in keys(phase).items()]
    return "\n".join(lines) + "\n"


@settings(deadline=None, max_examples=examples(60))
@given(arc=arcs(), listed=st.booleans(), flow=st.booleans(), units=st.booleans())
def test_an_arc_written_down_and_read_is_the_same_arc(
    arc: Arc, listed: bool, flow: bool, units: bool
) -> None:
    """Nothing an arc can say is lost or changed by its file, and editors accept every form."""
    text = written(arc, listed, flow, units)
    assert parse_arc(text, "F") == arc
    assert parse_arc(text.encode(), "F") == arc
    VALIDATOR.validate(load_yaml(text, "F").plain())


def faults_of(text: str | bytes) -> tuple[Fault, ...]:
    """The faults of a text; none where it is read, and then all its text can be printed."""
    try:
        str(parse_arc(text, "F")).encode()
    except InputError as error:
        return error.faults
    return ()


def read_or_refused(text: str | bytes) -> None:
    """Reads, or raises InputError whose faults all have a place in order, and nothing else."""
    faults = faults_of(text)
    places = [(fault.line or 0, fault.column or 0) for fault in faults]
    assert places == sorted(places)
    assert len({str(fault) for fault in faults}) == len(faults)
    assert shown("".join(map(str, faults))) == "".join(map(str, faults))


@settings(deadline=None, max_examples=examples(200))
@given(st.text(max_size=200))
@example("? ")
@example("a: !")
@example("%YAML 99999999999.1\n---\na")
@example("\ud800")
@example('name: "\\ud800"')
@example('{name: x, phases: {peak: {minutes: 1, silence: true}}, about: "\\e[31m"}')
@example("name: \x85")
@example('"\\UFFFFFFFF"')
@example("%TAG ! !\n---\n!a b")
@example("!<")
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes a traceback."""
    read_or_refused(text)


@settings(deadline=None, max_examples=examples(200))
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No bytes make a traceback."""
    read_or_refused(data)


PIECES = st.sampled_from(
    ["\t", "\n", " ", ":", ": ", "-", "- ", "[", "]", "{", "}", "'", '"', "#", "&a ", "*a", "!",
     "|", ">", "%", "@", "`", "\0", "\ufeff", "~", "null", "true", ".nan", "-.inf", "1e999", "-1",
     "0x1f", "<<", "---\n", "...\n", "? ", "é", "🎧", "\r", "\u2028", "1:30", "on", ","]
)  # fmt: skip


@settings(deadline=None, max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), PIECES | st.just("")),
        min_size=1,
        max_size=4,
    )
)
def test_a_good_arc_mutilated_is_read_or_refused(edits: list[tuple[int, int, str]]) -> None:
    """Whatever a slip of the hand does to a good arc, the answer is an arc or its faults."""
    text = GOOD
    for at, gone, piece in edits:
        text = text[:at] + piece + text[at + gone :]
    read_or_refused(text)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = sorted(
    {"name", "phases", "about", "source", "level", "library", "defaults"}
    | set(arc_schema()["$defs"]["NamedPhaseModel"]["properties"])
)


@settings(deadline=None, max_examples=examples(100))
@given(
    st.dictionaries(st.sampled_from(KEYS), anything, max_size=8),
    st.sampled_from(["arc", "mapping", "list", "defaults"]),
)
def test_wrong_values_in_the_right_keys_are_refused(part: dict[str, Any], where: str) -> None:
    """A value of any shape in any key is read or refused, wherever the key stands."""
    good = {"minutes": 20, "silence": True}
    body = {
        "arc": {"name": "x", "phases": {"peak": good}, **part},
        "mapping": {"name": "x", "phases": {"peak": part, "onset": good}},
        "list": {"name": "x", "phases": [part, {"name": "onset", **good}]},
        "defaults": {"name": "x", "phases": {"peak": good}, "defaults": part},
    }[where]
    read_or_refused(json.dumps(body))


def test_the_defaults_of_a_phase_are_those_of_the_core() -> None:
    """What a file leaves out is what the core says, in one place."""
    text = "name: x\nphases: {peak: {minutes: 20, playlist: a, intensity: 0.5, ambience: rain}}"
    assert parse_arc(text, "F").phases[0] == Phase(
        "peak",
        "peak",
        1200.0,
        Curve(((0.0, 0.5),)),
        playlists=("a",),
        level_db=DEFAULT_LEVEL_DB,
        crossfade_s=DEFAULT_CROSSFADE_S,
        ambience=Ambience("rain"),
    )


def test_the_points_of_a_curve_may_be_written_in_any_order() -> None:
    """YAML knows no order of keys, and neither does a curve by minute."""
    text = "name: x\nphases: {peak: {minutes: 20, playlist: a, intensity: {20: 1, 0: 0, 10: 0.3}}}"
    assert parse_arc(text, "F").phases[0].curve == Curve(((0.0, 0.0), (0.5, 0.3), (1.0, 1.0)))


DEFAULTS = """
name: x
defaults: {minutes: 10, playlist: a, intensity: {0: 0.1, 10: 0.9}, ambience: rain, level: 0,
           mode: talk, crossfade: 5 s, avoid: [tag:a, tag:b], scene: dim}
phases:
  onset: {}
  peak: {minutes: 20, playlists: [b], intensity: 0.3, ambience: off, level: -3, mode: reflect,
         crossfade: 9 s, avoid: [tag:c, tag:b], scene: dark}
  return: {silence: true}
"""


def test_defaults_fill_what_a_phase_leaves_out() -> None:
    """A phase's own word wins; what is avoided adds up; a silence takes no sound of theirs."""
    onset, peak, silence = parse_arc(DEFAULTS, "F").phases
    assert onset == Phase(
        "onset", "onset", 600.0, Curve(((0.0, 0.1), (1.0, 0.9))), ("a",), 0.0, "talk", "time", 5.0,
        Ambience("rain"), False, ("tag:a", "tag:b"), "dim",
    )  # fmt: skip
    assert peak == Phase(
        "peak", "peak", 1200.0, Curve(((0.0, 0.3),)), ("b",), -3.0, "reflect", "time", 9.0,
        Ambience("off"), False, ("tag:a", "tag:b", "tag:c"), "dark",
    )  # fmt: skip
    assert (silence.playlists, silence.ambience, silence.silence) == ((), None, True)


YAML_12 = {
    "1:30": "1:30", "on": "on", "off": "off", "yes": "yes", "no": "no", "010": 10, "0o10": 8,
    "0x1F": 31, "1_000": "1_000", "1e3": 1000.0, "+1": 1, ".5": 0.5, "~": None, "True": True,
    "tRUE": "tRUE", "2024-01-01": "2024-01-01", "'5'": "5", "null": None, "=": "=", "1.": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(("written", "value"), YAML_12.items())
def test_plain_words_follow_yaml_1_2(written: str, value: object) -> None:
    """1:30 is never 90, on is never true, and a date is text."""
    read = load_yaml(f"a: {written}", "F").plain()["a"]
    assert read == value
    assert type(read) is type(value)
