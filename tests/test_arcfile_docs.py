"""The arc page, the shipped arcs and the schema agree with the reader."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from soundscape.core.errors import InputError
from soundscape.library.arcs.load import arc_schema, load_arc, parse_arc
from soundscape.library.yamlfile import load_yaml

ROOT = Path(__file__).parent.parent
ARCS = sorted((ROOT / "arcs").glob("*.yaml"))
PAGE = (ROOT / "docs" / "guides" / "arcs.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)
VALIDATOR = jsonschema.Draft202012Validator(arc_schema())


def data_of(text: str) -> Any:
    """What an editor's validator sees of a file."""
    return load_yaml(text, "a.yaml").plain()


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_of_the_page_is_read_and_fits_the_schema(block: str) -> None:
    """What a person copies from the page works, and their editor agrees."""
    assert parse_arc(block, "docs").phases
    VALIDATOR.validate(data_of(block))


def test_the_page_has_its_examples() -> None:
    """The test above is not passing over nothing."""
    assert len(BLOCKS) >= 3


def test_the_page_names_every_key() -> None:
    """The table of keys leaves none out and invents none."""
    rows = re.findall(r"^\| (`[^|]*) \|", PAGE, re.M)
    told = {word for row in rows for word in re.findall(r"`([a-z]+)`", row)}
    schema = arc_schema()
    known = set(schema["properties"]) | set(schema["$defs"]["NamedPhaseModel"]["properties"])
    assert told == known


@pytest.mark.parametrize("path", ARCS, ids=lambda path: path.name)
def test_every_shipped_arc_is_read_and_fits_the_schema(path: Path) -> None:
    """A shipped arc works as it stands, says what it is, and tells editors its schema."""
    arc = load_arc(path)
    text = path.read_text(encoding="utf-8")
    VALIDATOR.validate(data_of(text))
    assert text.startswith("# yaml-language-server: $schema=arc.schema.json\n")
    assert "starting point to edit, not a protocol" in " ".join(arc.about.split()).lower()
    assert arc.source


def test_the_first_journey_is_the_one_of_the_design() -> None:
    """Four phases over 105 minutes, ending under the voices."""
    arc = load_arc(ROOT / "arcs" / "first-journey.yaml")
    assert [phase.name for phase in arc.phases] == ["onset", "peak", "return", "integration"]
    assert arc.length_s == 105 * 60
    assert arc.phases[-1].output_level_db == -18


def test_the_demo_is_over_in_two_minutes() -> None:
    """Four phases of 30 seconds, with an ambience somewhere."""
    arc = load_arc(ROOT / "arcs" / "demo.yaml")
    assert [phase.length_s for phase in arc.phases] == [30.0] * 4
    assert all(6 <= phase.crossfade_s <= 8 for phase in arc.phases)
    assert any(phase.ambience and phase.ambience.name == "rain" for phase in arc.phases)


def test_every_playlist_a_shipped_arc_names_ships() -> None:
    """A shipped arc needs no file of anybody's own."""
    for path in ARCS:
        for phase in load_arc(path).phases:
            for name in phase.playlists:
                assert (ROOT / "playlists" / f"{name}.yaml").is_file()


def test_the_committed_schema_is_up_to_date() -> None:
    """The file beside the arcs is what `soundscape schema` prints."""
    text = (ROOT / "arcs" / "arc.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == arc_schema()
    assert text.endswith("}\n")


def test_the_schema_is_a_schema_and_describes_every_key() -> None:
    """An editor can show a line of help for each key."""
    schema = arc_schema()
    VALIDATOR.check_schema(schema)
    for part in (schema, *schema["$defs"].values()):
        for key, value in part["properties"].items():
            assert value.get("description"), key


PHASE = "name: x\nphases:\n  peak: {minutes: 20, playlist: a, intensity: 0.5"
REFUSED = {
    "no name": "phases: {peak: {minutes: 20, silence: true}}",
    "no phases": "name: x",
    "phases empty": "name: x\nphases: {}",
    "phases not a mapping": "name: x\nphases: 3",
    "key of the arc misspelt": PHASE + "}\nabuot: x",
    "key of a phase misspelt": PHASE + ", levle: 0}",
    "key of defaults misspelt": PHASE + "}\ndefaults: {crosfade: 5 s}",
    "key of defaults that is not one": PHASE + "}\ndefaults: {silence: true}",
    "key of an ambience misspelt": PHASE + ", ambience: {nam: rain}}",
    "mode": PHASE + ", mode: tlak}",
    "stage": PHASE + ", stage: top}",
    "until": PHASE + ", until: time}",
    "only": PHASE + ", only: bosster}",
    "silence as text": PHASE + ", silence: yes}",
    "level too high": PHASE + ", level: 7}",
    "level as words": PHASE + ", level: loud}",
    "no value": PHASE + ", level: }",
    "minutes with a colon": "name: x\nphases: {peak: {minutes: 1:30, silence: true}}",
    "minutes zero": "name: x\nphases: {peak: {minutes: 0, silence: true}}",
    "minutes as a truth": "name: x\nphases: {peak: {minutes: true, silence: true}}",
    "crossfade bare": PHASE + ", crossfade: 8}",
    "intensity above 1": "name: x\nphases: {peak: {minutes: 9, playlist: a, intensity: [0, 2]}}",
    "intensity by a word": "name: x\nphases: {peak: {minutes: 9, playlist: a, intensity: {x: 0}}}",
    "playlist and playlists": PHASE + ", playlists: [b]}",
    "playlist empty": "name: x\nphases: {peak: {minutes: 9, playlist: [], intensity: 0}}",
    "playlist twice": "name: x\nphases: {peak: {minutes: 9, playlist: [a, a], intensity: 0}}",
    "avoid of no kind": PHASE + ", avoid: [church]}",
    "persons as names": "name: x\npersons: [Ann]\nphases: {peak: {minutes: 5, silence: true}}",
    "persons twice": "name: x\npersons: [A, A]\nphases: {peak: {minutes: 5, silence: true}}",
    "name a number": "name: 5\nphases: {peak: {minutes: 20, silence: true}}",
    "list without names": "name: x\nphases: [{minutes: 20, silence: true, stage: peak}]",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_the_reader_refuses_by_its_form_the_schema_refuses(text: str) -> None:
    """An editor marks what the program would refuse."""
    with pytest.raises(InputError):
        parse_arc(text, "a.yaml")
    assert not VALIDATOR.is_valid(data_of(text))


def test_the_ground_of_those_refusals_is_good() -> None:
    """Each refused text above is refused for its one slip."""
    assert parse_arc(PHASE + "}", "a.yaml")
    VALIDATOR.validate(data_of(PHASE + "}"))
