"""Coming back: what a session does after a gap in which nothing played and nobody looked.

The machine slept, the engine died and another one took over, or no output accepted sound for a
while. The decks are empty and time has passed. The way back is always the same. What was heard ends
where it was last known to sound. The phase is the one the arc would be in by now. Music and
ambience fade in from nothing: the same track where it was if its phase still goes on, else the new
phase's music. A pause stays a pause, a hold stays held, `stop` stays stopped. A closing that was
under way is finished, because all is silent already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from soundscape.core import environment, events, fade, music
from soundscape.core.decision import NOTHING, Decision
from soundscape.core.events import Fact
from soundscape.core.fold import fold
from soundscape.core.machine_facts import OutputBack, Recovered, Suspended
from soundscape.core.ports import Action, Freeze, Glide, Mute
from soundscape.core.session import Session
from soundscape.core.track import LAYERS, Layer

CRASHES_MOST = 5
CRASHES_WITHIN_S = 60.0
"""After so many crashes within so many seconds the ambience plays alone."""

LEAST_LEFT_S = 20.0
"""Least seconds of an interrupted track that must be left for it to come back."""

Gap = Suspended | Recovered | OutputBack

MEANWHILE = "its time came meanwhile"


def come_back(
    session: Session, gap: Suspended | Recovered, positions: Mapping[int, float], now_s: float
) -> Decision:
    """Decide all that a session does at the end of a gap. The decks are empty and new.

    `positions` maps a token to the seconds into its file at `gap.from_s`, for what sounded then, as
    far as it is known. `now_s` is in seconds from the session's start.
    """
    decision = Decision((gap, *_ends(session, gap, positions)))
    after = fold(session, decision.facts)
    if not after.started or after.closed:
        return decision
    if after.closing:
        over: Fact = events.Closed(after.closing.how)
        if after.closing.stays_open:
            over = events.Stopped(gap.from_s if after.stopped_s is None else after.stopped_s)
        return decision.then(Decision((over,), _lines(after)))
    decision = decision.then(Decision(_course(after, now_s)))
    after = fold(session, decision.facts)
    if after.closing:
        return decision.then(Decision((events.Closed(after.closing.how),)))
    alone = _quarantine(after, gap)
    decision = decision.then(Decision(alone, _lines(after)))
    for step in (_ambience, _music):
        after = fold(session, decision.facts)
        decision = decision.then(step(session, after, gap, now_s))
    return replace(decision, replan="came back")


def output_back(session: Session, back: OutputBack, now_s: float) -> Decision:
    """Refill the decks when an output accepts sound again; the session itself has gone on."""
    decision = Decision((back,))
    after = fold(session, decision.facts)
    if after.closing or after.closed or not after.started:
        return decision
    before = session
    if session.playing is not None:
        was = replace(session.course, phase=session.playing.item.phase)
        before = replace(session, course=was)
    for step in (_ambience, _music):
        after = fold(session, decision.facts)
        decision = decision.then(step(before, after, back, now_s))
    return replace(decision, replan="sound is back")


def _ends(
    session: Session, gap: Suspended | Recovered, positions: Mapping[int, float]
) -> tuple[events.HeardTo, ...]:
    """End what was heard at the start of the gap."""
    why = gap.type
    return tuple(
        events.HeardTo(
            heard.layer,
            heard.token,
            positions.get(heard.token, _reckoned(session, heard, gap.from_s)),
            gap.from_s,
            why,
            estimated=heard.token not in positions or isinstance(gap, Recovered),
        )
        for heard in session.sounding
    )


def _reckoned(session: Session, heard: events.HeardFrom, at_s: float) -> float:
    """Estimate where a deck was, in seconds, if it ran on. It cannot have been further."""
    position_s = heard.position_s + max(0.0, at_s - heard.at_s)
    playing = session.playing
    if playing is not None and playing.token == heard.token:
        return min(position_s, playing.item.track.end_s)
    return position_s


def _course(session: Session, now_s: float) -> tuple[Fact, ...]:
    """Return the phases that came meanwhile, each counted from the end of the last one.

    A timed silence that ended meanwhile ends too.
    """
    facts: list[Fact] = []
    if session.rest.ends_s is not None and session.rest.ends_s <= now_s:
        facts.append(events.Resumed(fade.RESUME_S))
    after = session
    while after.course.ends_s is not None and after.course.ends_s <= now_s:
        following = after.following()
        if following is not None:
            phase, started_s = after.arc.phases[following], after.course.ends_s
            ends_s = None if phase.open_ended else started_s + phase.length_s
            step: list[Fact] = [events.PhaseEntered(following, started_s, ends_s, MEANWHILE)]
        else:
            step = [
                events.ArcOver(),
                *([events.Closing("arc", 0.0)] if after.opened.end_with_arc else []),
            ]
        facts += step
        after = fold(after, step)
    return tuple(facts)


def _quarantine(session: Session, gap: Suspended | Recovered) -> tuple[Fact, ...]:
    """Ban a track that was playing at two crashes in a row; report too many crashes."""
    if not isinstance(gap, Recovered) or not gap.crash:
        return ()
    facts: list[Fact] = []
    last_two = [crash.path for crash in session.crashes[-2:]]
    if gap.path and last_two == [gap.path, gap.path]:
        done = "it stays out of this session"
        facts += [
            events.Faulted("played at two crashes in a row", gap.path, done),
            events.Banned(gap.path),
        ]
    if _too_many(session, gap):
        done = "the ambience plays alone; the next phase or `transition` tries music again"
        facts.append(events.Faulted(f"{CRASHES_MOST} crashes within a minute", done=done))
    return tuple(facts)


def _too_many(session: Session, gap: Gap) -> bool:
    if not isinstance(gap, Recovered) or not gap.crash or len(session.crashes) < CRASHES_MOST:
        return False
    return gap.to_s - session.crashes[-CRASHES_MOST].to_s <= CRASHES_WITHIN_S


def _lines(session: Session) -> tuple[Action, ...]:
    """Set the decks' gain lines as the session has them, before anything sounds."""
    frozen = (Freeze(session.rest.waiting, fade.SHORTEST_S),) if session.rest.waiting else ()
    return (
        *frozen,
        Glide("music", "level", session.level_db, fade.SHORTEST_S),
        Glide("music", "trim", session.trim_db, fade.SHORTEST_S),
        *(
            Glide(layer, "hand", session.volumes[layer].stands_db, fade.SHORTEST_S)
            for layer in LAYERS
            if layer in session.volumes
        ),
        *(Mute(layer) for layer in LAYERS if _muted(session, layer)),
    )


def _muted(session: Session, layer: Layer) -> bool:
    return layer in session.volumes and session.volumes[layer].muted


def _ambience(before: Session, after: Session, gap: Gap, now_s: float) -> Decision:
    """Bring the ambience back: the one that a cue chose, else the phase's."""
    phase = after.current
    wanted, by_cue = after.ambience.now, after.ambience.by_cue
    if not by_cue:
        wanted = phase.ambience if phase and phase.ambience else None
        wanted = None if wanted is None or wanted.name == "off" else wanted
    if wanted is None and not by_cue and _too_many(after, gap):
        wanted, by_cue = environment.any_ambience(after), True
    if wanted is not None and wanted.name not in after.ambiences:
        wanted = None
    if wanted is None and after.ambience.now is None:
        return NOTHING
    gone = Decision((events.AmbienceSet("", fade.SILENT_DB, after.tokens, by_cue),))
    if wanted is None:
        return gone
    stands_in = by_cue and after.ambience.stands_in
    there = fold(after, gone.facts)
    return gone.then(environment.set_ambience(there, wanted, by_cue=by_cue, stands_in=stands_in))


def _music(before: Session, after: Session, gap: Gap, now_s: float) -> Decision:
    """Bring back the same track where it was if its phase goes on, else the phase's music."""
    phase, playing = after.current, after.playing
    if phase is None:
        return NOTHING
    if not phase.playlists or _too_many(after, gap):
        reason = f"{phase.name} has no music" if not phase.playlists else "too many crashes"
        return NOTHING if playing is None else Decision((events.Rested(reason),))
    fade_s = music.RETURN_FADE_S if isinstance(gap, Recovered) else fade.RESUME_S
    if playing is not None:
        track = playing.item.track
        # A track that was chosen but never heard begins where it was to begin.
        offset_s = max(playing.position_s, playing.item.offset_s)
        here = after.course.phase
        goes_on = here == before.course.phase or playing.item.phase >= here
        worth_it = track.end_s - offset_s >= min(LEAST_LEFT_S, track.length_s)
        if goes_on and worth_it and track.path not in after.banned:
            item = replace(playing.item, offset_s=offset_s, cut=False)
            return music.bring_in(after, item, now_s, fade_s, "came back")
    if after.waits:  # `resume` brings the next track.
        return NOTHING if playing is None else Decision((events.Rested("came back"),))
    return music.bring_next(after, now_s, "came back", fade_s)
