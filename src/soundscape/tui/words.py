"""A session's status in words, each part in the ink that it deserves. Pure.

Every word comes from `status --json`, so that the live screen, `status` and programs always agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from soundscape.core.cues.table import CUES
from soundscape.core.fade import NOTICED_DB
from soundscape.core.ports import lines_wait
from soundscape.core.text import clock, lasting, number, plain
from soundscape.drawing.rows import Ink, Part, Row
from soundscape.preflight.supplies import Power
from soundscape.protocol import Status

LOW_PERCENT = 30
"""Percent of charge below which a battery is shown as an alarm."""


def phase(status: Status) -> Row:
    """Say which phase plays, how long it lasts, what follows and when the arc ends."""
    if status["begins_at"]:
        return (("begins at ", ""), (status["begins_at"], "strong"))
    parts: list[Part] = [(plain(status["phase"] or "—"), "strong")]
    if status["phase_ends_s"] is not None:
        left = clock(max(0.0, status["phase_ends_s"] - status["now_s"]))
        parts.append((f" · {left} left, until {status['phase_ends_at']}", ""))
    else:
        parts.append((f" · {until(status)}", ""))
    follows = following(status)
    if follows:
        parts.append((f" · then {follows}", "faint"))
    left_s = status["arc_left_s"]
    if left_s is not None and status["arc_ends_at"] not in (None, status["phase_ends_at"]):
        minutes = round(left_s / 60.0)
        parts.append((f" · arc ends at {status['arc_ends_at']} (in {minutes} min)", "faint"))
    return tuple(parts)


def until(status: Status) -> str:
    """Say what ends a phase that has no end of its own."""
    if status["arc_over"]:
        return "the arc is over; the phase goes on until `end`"
    if status["held"]:
        return "held until `release`"
    return "until the dose" if status["until"] == "dose" else "until a cue ends it"


def following(status: Status) -> str:
    """Name the phase after this one; "" if there is none."""
    later = [leg["name"] for leg in status["course"] if leg["from_s"] >= status["now_s"]]
    return plain(later[0]) if later and status["phase"] else ""


def playing_label(status: Status) -> str:
    """Choose the label of the track: a paused track is not playing."""
    track = status["track"]
    if status["paused"] or status["silenced"]:
        return "waits"
    return "playing" if not track or track["sounds"] else "unheard"


def playing(status: Status) -> Row:
    """Say which track plays, by whom, and its position."""
    track = status["track"]
    if not track:
        return (("no music", "faint"),)
    by = f", {plain(track['artist'])}" if track["artist"] else ""
    at = "" if track["position_s"] is None else f"   {clock(track['position_s'])}"
    return (plain(track["title"]), "strong"), (by, ""), (at, "faint")


def level(status: Status) -> Row:
    """Say how loud the music is, in which mode, and what the facilitator has changed."""
    trim = status["trim_db"]
    mode: Part = (status["mode"] or "—", "strong" if status["mode"] == "talk" else "")
    yours = f" (your change: {trim:+.1f} dB)" if trim else ""
    return (f"{number(status['level_db'])} dB, ", ""), mode, (yours, "")


def marks(status: Status) -> Row:
    """Count the marked moments, and say when the last one was."""
    marked = status["marked"]
    if not marked:
        return (("no marks", "faint"),)
    last = marked[-1]
    whose = f" for {last['person']}" if last["person"] else ""
    count = "1 mark" if len(marked) == 1 else f"{len(marked)} marks, last"
    return ((f"★ {count} {clock(last['at_s'])}{whose}", ""),)


def trouble(status: Status) -> str:
    """Name in capitals why nothing can be heard that should be; "" if all is well."""
    health = status["health"]
    if health["output"] != "takes sound":
        return "NO SOUND"
    return "MUTED" if any(each["muted"] for each in health["volumes"]) else ""


@dataclass(frozen=True, slots=True)
class Banner:
    """The word, what it means and what ends it, and its ink; "" if there is nothing to say."""

    word: str
    about: str
    ink: Ink = "state"


def key_of(cue: str) -> str:
    """Return a cue with its key."""
    return f"{CUES[cue].key} {cue}"


def banner(status: Status, name: Callable[[str], str] = key_of) -> Banner:
    """Choose the word for the session's state. `name` says how to call a cue where it is shown."""
    if status["stopped"]:
        said = (
            f"for a minute {name('undo')} brings the sound back; {name('end')} closes the session"
        )
        return Banner("STOPPED", said)
    if status["closing"] == "stop":
        return Banner(
            "STOPPING", f"{name('stop')} again cuts, {name('undo')} brings the sound back"
        )
    if status["closing"]:
        return Banner("CLOSING", f"fading out; {name('undo')} cancels")
    wrong = trouble(status)
    if wrong and not (status["paused"] or status["silent"]):
        return Banner(wrong, "nothing can be heard; see the health line", "alarm")
    if status["paused"]:
        return Banner("PAUSED", f"{name('resume')} fades the music back in")
    if status["silent"]:
        until = f"until {status['silence_ends_at']}; " if status["silence_ends_at"] else ""
        ends = f"{name('resume')} ends it" if status["silenced"] else "this phase is silent"
        return Banner("SILENCE", f"{until}{ends}")
    if status["held"]:
        return Banner("HELD", f"{name('release')} lets the phase go on")
    if status["begins"]:
        return Banner("WAITING", f"begins at {status['begins_at']}; {name('stop')} calls it off")
    if status["mode"] == "talk":
        return Banner("TALK", f"under the voices; {name('reflect')} brings the music forward")
    return Banner("", "", "")


def health(
    status: Status, power: Power | None = None, hands: Mapping[str, Any] | None = None
) -> Row:
    """Describe sound, power, journal, and what else gives cues. What is wrong comes first."""
    found = status["health"]
    alarms: list[Part] = []
    calm: list[Part] = []
    wrong = trouble(status)
    if wrong == "NO SOUND":
        alarms.append((f"NO SOUND: {plain(found['output'])}", "alarm"))
    elif wrong:
        alarms.append(("MUTED outside soundscape", "alarm"))
    else:
        calm.append(("music is playing" if found["sound"] else "no music is playing", ""))
    alarms += _journal(found)
    awake = found["awake"]
    if awake and awake["refused"]:
        alarms.append(("COMPUTER MAY SLEEP", "alarm"))
    alarms += _hands(hands or {})
    calm += [
        (plain(each["said"]), "note")
        for each in found["volumes"]
        if abs(each["stands_db"]) >= NOTICED_DB and not each["muted"]
    ]
    if power is not None:
        calm += _power(power)
    if awake and not awake["refused"]:
        calm.append(("kept awake", ""))
    if found["journal"] in ("written", "on its way"):
        calm.append((f"journal {found['journal']}", ""))
    if found["faults"]:
        count = "1 fault" if found["faults"] == 1 else f"{found['faults']} faults"
        calm.append((f"{count}, last: {plain(found['last_fault'] or '')}", "note"))
    parts: list[Part] = []
    for part in (*alarms, *calm):
        parts += [(" · ", "faint"), part] if parts else [part]
    return tuple(parts)


def _journal(found: Mapping[str, Any]) -> list[Part]:
    """Say that the disk refuses lines or is late with them, and how many wait."""
    state, waiting = found["journal"], lines_wait(found["journal_waiting"])
    if state in ("written", "on its way"):
        return []
    if state == "the disk is slow":
        return [(f"SLOW DISK: {waiting}", "alarm")]
    return [(f"JOURNAL NOT WRITTEN: {plain(state)}, {waiting}", "alarm")]


def _hands(facts: Mapping[str, Any]) -> list[Part]:
    """Name every controller that should give cues and cannot."""
    found: list[Part] = []
    if away := facts.get("pedals", {}).get("away"):
        found.append((f"PEDAL MISSING: {plain(', '.join(away))}", "alarm"))
    for name, told in (("pedals", "PEDALS"), ("osc", "OSC"), ("media_keys", "MEDIA KEYS")):
        if facts.get(name, {}).get("trouble"):
            found.append((f"{told} NOT WORKING", "alarm"))
    return found


def _power(power: Power) -> list[Part]:
    if not power.battery:
        return [("on mains power", "")] if power.known else []
    percent = "" if power.percent is None else f" at {power.percent} %"
    lasts = "" if power.lasts_s is None else f", {lasting(power.lasts_s)} left"
    low = power.percent is not None and power.percent < LOW_PERCENT
    return [(f"{'LOW: ' if low else ''}on battery{percent}{lasts}", "alarm" if low else "note")]


def page(facts: Mapping[str, Any]) -> Row:
    """Describe the web remote: how to pair a device now, where it is, how many are paired.

    Wrong codes come first.
    """
    parts: list[Part] = []
    wrong = facts.get("wrong_codes", 0)
    if wrong:
        count = "1 wrong code" if wrong == 1 else f"{wrong} wrong codes"
        parts += [
            (f"{count}, last from {plain(facts['last_wrong_from'])}", "note"),
            (" · ", "faint"),
        ]
    code = facts.get("code")
    if code and facts["code_for_s"]:
        minutes = max(1, round(facts["code_for_s"] / 60.0))
        parts += [(f"code {code[:3]} {code[3:]}", "strong"), (f" for {minutes} min · ", "faint")]
    devices = facts.get("devices", 0)
    paired = f"{devices or 'no'} device{'' if devices == 1 else 's'}"
    where = facts["address"] if facts["lan"] else "on this computer only"
    if facts["lan"] and facts["lan"].get("addresses") == []:
        where = "this computer has no network connection"
    return (*parts, (f"{where} · {paired}", "faint"))
