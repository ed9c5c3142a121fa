"""The control port of a real session, fuzzed against its own description (schemathesis)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from examples import examples
from house import House, house_in
from hypothesis import HealthCheck, settings
from port import Port
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from soundscape.control.address import Control, read_control
from soundscape.control.openapi import description
from soundscape.core.cues.table import CUES

SCHEMA = schemathesis.openapi.from_dict(description())
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory, stock: Path) -> Iterator[House]:
    """A session that plays; after all that was asked of it, it goes on with nothing in its log."""
    with house_in(tmp_path_factory.mktemp("fuzz"), stock) as made:
        made.play(speed=1)
        yield made
        status = made.status()
        assert status["session"]
        assert status["health"]["journal"] in ("written", "on its way", "the disk is slow")
        assert made.home.log.read_text("utf-8") == ""


@pytest.fixture(scope="module")
def control(playing: House) -> Control:
    return read_control(playing.home.control)


def spare(case: schemathesis.Case) -> None:
    """What would end the session for all the others, or make it days long, is asked for badly."""
    body = case.body if isinstance(case.body, dict) else {}
    args = body.get("args") if isinstance(body.get("args"), dict) else {}
    minutes = args.get("minutes", args.get("ago", 0))
    if case.path in ("/cue/end", "/cue/stop") or (type(minutes) in (int, float) and minutes > 5):
        case.body = {"args": {"seconds": "never"}}


@SCHEMA.parametrize()
@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
def test_the_port_is_as_it_is_described(case: schemathesis.Case, control: Control) -> None:
    """Whatever is asked, good or bad, is answered with a status and a body that the description
    names: never an error of the server's own, and the session plays on."""
    if case.method == "POST":
        spare(case)
    answer = case.call(
        base_url=f"http://127.0.0.1:{control.port}",
        headers={"Authorization": f"Bearer {control.token}"},
    )
    case.validate_response(answer, checks=CHECKS)


def test_the_description_is_the_ports_own(playing: House) -> None:
    """It is read at the port by whoever holds the token, and names every cue's parameters."""
    port = Port(read_control(playing.home.control))
    assert port.ask("GET", "/openapi.json") == (200, description())
    assert port.ask("GET", "/openapi.json", headers={"Authorization": None})[0] == 401
    for cue in CUES.values():
        body = description()["paths"][f"/cue/{cue.name}"]["post"]["requestBody"]
        args = body["content"]["application/json"]["schema"]["properties"]["args"]
        assert set(args["properties"]) == {param.name for param in cue.params}
