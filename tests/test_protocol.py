"""What the processes say to each other: each message arrives as it was sent."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from soundscape.protocol import (
    Beat,
    EngineJob,
    Interruption,
    Pulse,
    Sidecar,
    StartAnswer,
)

BEAT = Beat(12.5, 3.25, "boot", "2026-05-04T10:00:00+02:00", {7: 1.5})
JOB = EngineJob("/home/a/sessions/abcd", "2026-05-04T10:00:00+02:00", "token", lock={"secret": "s"})


@pytest.mark.parametrize(
    "job",
    [
        JOB,
        replace(JOB, back=Interruption("the engine hung", 12.0, BEAT, end=True)),
        replace(JOB, back=Interruption("it broke off", device="hdmi"), lock=None),
    ],
)
def test_a_job_arrives_as_it_was_given(job: EngineJob) -> None:
    """With how the last engine broke off, and where its decks were."""
    assert EngineJob.read(json.loads(job.as_json())) == job


@pytest.mark.parametrize(
    "pulse", [Pulse(playing=JOB), Pulse(beat=BEAT), Pulse(busy=8.0), Pulse(over=True)]
)
def test_a_pulse_says_one_thing_in_one_line(pulse: Pulse) -> None:
    """The supervisor reads line by line; what is not said takes no place in it."""
    line = pulse.as_line()
    assert line.count(b"\n") == 1
    assert len(json.loads(line)) == 1
    assert Pulse.read(line) == pulse


def test_what_a_process_says_first_is_read_by_its_starter() -> None:
    """A process that ends without a word has said nothing; the facts of a sidecar come whole."""
    said = StartAnswer(error="no device", exit_code=2)
    assert StartAnswer.read(said.as_json()) == said
    assert StartAnswer.read("") == StartAnswer()
    told = Sidecar("page", 7, "123", "abcd", {"port": 1, "lan": None})
    assert Sidecar.read("page", told.as_json()) == told


@pytest.mark.parametrize("spoiled", ["{}", '{"at": 1}', "[]", "null", '{"wall": "soon"}'])
def test_a_spoiled_beat_is_no_beat(spoiled: str) -> None:
    """`recover` reads the file of a machine that lost its power."""
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        Beat.read(json.loads(spoiled))


def test_the_protocol_loads_the_standard_library_alone() -> None:
    """The supervisor imports it: what is not loaded cannot break it. A cue's client, which has
    to be quick, does not even load that."""

    def loaded(module: str) -> set[str]:
        code = f"import sys, {module}; print(*sys.modules)"
        words = [sys.executable, "-c", code]
        return set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())

    assert not loaded("soundscape.protocol") & {"pydantic", "starlette", "uvicorn", "filelock"}
    assert "soundscape.protocol" not in loaded("soundscape.control.client")
