"""What a session leaves out of its playlists: what the people in the room do not want to hear, and
what they heard recently. Pure.

These tracks leave the pools before planning, so that no cue, fault or shortage can bring one back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from soundscape.core.arc import Arc
from soundscape.core.avoid import Avoid, credited
from soundscape.core.errors import nearest
from soundscape.core.names import parted
from soundscape.core.text import quoted
from soundscape.core.track import Pools, Track


@dataclass(frozen=True, slots=True)
class HeardBefore:
    """What other sessions played: files by path and, in case they moved since, sounds by key."""

    paths: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()

    def __call__(self, track: Track) -> bool:
        """Whether the track was heard."""
        return track.path in self.paths or (bool(track.key) and track.key in self.keys)


def leave_out(
    pools: Pools, avoid: Sequence[str], heard: HeardBefore
) -> tuple[Pools, tuple[str, ...]]:
    """Return the pools without avoided and heard tracks, and sentences that say what was left out.

    `avoid` holds entries as `core.avoid.Avoid` reads them. An entry that matches no track
    is reported with the nearest known names: a misspelt artist would otherwise be played.
    """
    avoided = Avoid(avoid)
    kept: dict[str, tuple[Track, ...]] = {}
    notes: list[str] = []
    for name, pool in pools.items():
        wanted = tuple(track for track in pool if not avoided(track))
        kept[name] = tuple(track for track in wanted if not heard(track))
        went = [
            (len(pool) - len(wanted), "avoided"),
            (len(wanted) - len(kept[name]), "recently heard"),
        ]
        parts = [f"{count} {why}" for count, why in went if count]
        if parts:
            rest = "none remaining" if not kept[name] else f"{len(kept[name])} remaining"
            notes.append(
                f"playlist {quoted(name)}: left out {' and '.join(parts)} of its {len(pool)} "
                f"tracks; {rest}"
            )
    everything = {track.path: track for pool in pools.values() for track in pool}.values()
    unmet = (entry for entry in avoid if not any(map(Avoid([entry]), everything)))
    notes += [_unmet(entry, everything) for entry in unmet]
    return kept, tuple(notes)


def cap_notes(arc: Arc) -> tuple[str, ...]:
    """Say which phases have a curve above their cap; the planner limits it to the cap."""
    return tuple(
        f"{phase.name}: its curve reaches {phase.cap + phase.over_cap:g}, above the cap of "
        f"{phase.cap:g}; it is limited to the cap"
        for phase in arc.phases
        if phase.over_cap > 0
    )


def _unmet(entry: str, tracks: Iterable[Track]) -> str:
    kind, _, word = entry.partition(":")
    names: Mapping[str, Iterable[str]] = {
        "artist": (n for track in tracks for n in (track.artist, *credited(track.tags))),
        "track": (track.title for track in tracks),
        "tag": (tag.partition(":")[2] for track in tracks for tag in track.tags),
    }
    if kind == "tag" and ":" in word:
        word = word.partition(":")[2]
    known = {each for name in names.get(kind, ()) for each in (name, *parted(name)) if each}
    hint = nearest(word, sorted(known), 3)
    return f"avoiding {quoted(entry)} matches no track in this arc's playlists. {hint}".rstrip()
