"""The cue `output`: moves a running session softly to another audio output."""

from __future__ import annotations

from collections.abc import Sequence

from soundscape.core import fade
from soundscape.core.cues.row import Answer, Args, Now
from soundscape.core.decision import Decision, Refusal
from soundscape.core.errors import nearest
from soundscape.core.names import canonical
from soundscape.core.output_facts import OutputChosen
from soundscape.core.ports import MoveOutput, Output
from soundscape.core.session import Session
from soundscape.core.text import number

DEFAULT = "default"
"""The word that chooses the sound server's default output."""


def output(session: Session, args: Args, now: Now) -> Answer:
    """Fade out, move to the named output, and fade in there."""
    wanted = str(args["device"])
    if not now.outputs:
        return Refusal(
            "this sound system does not list its outputs; `recover --device` chooses one"
        )
    found = _found(wanted, now.outputs)
    if found is None:
        return Refusal(f"no output is called `{wanted}`; {_hint(wanted, now.outputs)}")
    if session.device == found.name and not session.no_output:
        if found.name and not found.current:
            return Refusal(f"already on the way: {found.about} takes over once this one is silent")
        return Refusal(f"{found.about} is already chosen; `devices` lists the outputs")
    facts = (OutputChosen(found.name),)
    down, up = number(fade.PAUSE_S), number(fade.RESUME_S)
    how = f"fading out over {down} s, then in over {up} s"
    if session.no_output:
        how = f"fading in over {up} s once it accepts sound"
    elif session.waits:
        how = "heard at `resume`"
    return Decision(
        facts, (MoveOutput(found.name, fade.PAUSE_S),), f"moving to {found.about}: {how}"
    )


def _found(wanted: str, outputs: Sequence[Output]) -> Output | None:
    """Find the output of that name, or the only one with that description."""
    wanted = canonical(wanted)
    if wanted == DEFAULT:
        return Output("", "the default output")
    named = [each for each in outputs if canonical(each.name) == wanted]
    named = named or [each for each in outputs if canonical(each.about) == wanted]
    return named[0] if len(named) == 1 else None


def _hint(wanted: str, outputs: Sequence[Output]) -> str:
    names = [each.name for each in outputs]
    return nearest(wanted, [*names, DEFAULT]) or f"the outputs are {', '.join(names)}"
