"""What the commands of pedals share: how long to listen, and how one is told."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from soundscape.cli.out import complain
from soundscape.controllers.buttons import Binding
from soundscape.controllers.words import as_text
from soundscape.core.errors import SoundscapeError

WaitOption = Annotated[
    float, typer.Option(help="how many seconds to wait for a press", min=0.1, max=3600.0)
]


def hearing(trouble: str, devices: list[str], wait: float) -> None:
    """Say on what is listened, and how long. Raises `SoundscapeError` where there is no MIDI."""
    if trouble:
        raise SoundscapeError(trouble)
    on = ", ".join(devices) or "whatever is plugged in now (nothing is, yet)"
    complain(f"Listening for {wait:g} s on {on}.")


def named(binding: Binding) -> str:
    """A pedal in words."""
    channel = "any channel" if binding.channel is None else f"channel {binding.channel}"
    return f"{binding.kind} {binding.number} on {channel} of {binding.device or 'any device'}"


def as_data(binding: Binding) -> dict[str, Any]:
    """A pedal and its cue, for programs."""
    return {
        "device": binding.device,
        "channel": binding.channel,
        binding.kind: binding.number,
        "cue": as_text(binding.said),
        "lets_go": binding.lets_go,
    }
