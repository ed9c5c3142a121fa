"""What `check` says of an arc's music: does it reach, who sings, what startles, what is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from support.values import phase, track

from soundscape.core.arc import Ambience, Arc, Curve, Phase
from soundscape.core.errors import Fault
from soundscape.core.planner.planner import plan
from soundscape.core.track import Track
from soundscape.library.catalog import Gathered
from soundscape.library.measure.measured import About, Measured
from soundscape.library.measure.measured import SoundFinding as Heard
from soundscape.preflight.coverage import coverage, gaps, reserve, reserve_of
from soundscape.preflight.files import files, inside
from soundscape.preflight.match import loudness, voices
from soundscape.preflight.subject import Finding, Looked, Music, Verdict

FLAT = {"curve": Curve.spread((0.4,))}


def tracks(count: int, seconds: float = 300.0, **more: object) -> tuple[Track, ...]:
    """Tracks of one length and intensity, without voices."""
    made = {"voice": "instrumental", **more}
    return tuple(track(f"t{number}", seconds, 0.4, **made) for number in range(count))


def measured(of: Track, **more: object) -> Measured:
    """What decoding a track's file gives where nothing is wrong with it."""
    good = Measured(of.loudness_lufs, 6.0, of.true_peak_dbtp, of.duration_s, 0.4, key=of.key)
    return replace(good, **more)  # type: ignore[arg-type]


def music(
    *phases: Phase,
    all: tuple[Track, ...],
    about: Mapping[str, About] | None = None,
    **pools: tuple[Track, ...],
) -> Music:
    """An arc planned from a pool, every file of it decoded and in order."""
    arc = Arc("Test", phases or (phase("onset", 10, **FLAT),))
    gathered = Gathered({"all": all, **pools}, {}, about=about or {})
    made = Music(arc, gathered, plan(arc, gathered.pools, 0))
    made = replace(made, reserve=reserve_of(made))
    return replace(made, decoded={each.path: measured(each) for each in made.played})


def the(looked: Looked) -> Finding:
    """The only finding there is."""
    (found,) = looked.findings
    return found


def kinds(looked: Looked) -> list[tuple[str, str]]:
    """What was found, and how grave it is."""
    return [(finding.kind, finding.severity) for finding in looked.findings]


# Coverage and what is over.


def test_an_arc_with_music_enough_has_no_findings() -> None:
    """Music for every phase and half an hour over: nothing to do, and the verdict is ready."""
    made = music(phase("onset", 10, **FLAT), phase("peak", 10, **FLAT), all=tracks(12))
    looked = tuple(each(made) for each in (coverage, reserve, files, inside, voices, loudness))
    assert [each.findings for each in looked] == [()] * 6
    assert Verdict(looked).ready
    assert {each.result for each in looked} == {"ok"}


def test_a_phase_without_music_stops() -> None:
    """A phase that should have music and cannot have any keeps from ready, and is named."""
    far = phase("peak", 10, curve=Curve.spread((0.95,)), playlists=("none",))
    made = music(phase("onset", 10, **FLAT), far, all=tracks(12), none=())
    looked = coverage(made)
    assert {finding.severity for finding in looked.findings} == {"stop"}
    assert any(finding.where == "peak" for finding in looked.findings)
    assert "peak" in looked.said


def test_a_gap_that_the_planner_does_not_tell_stops_all_the_same() -> None:
    """Coverage is counted from the plan's own times, whatever its warnings say."""
    made = music(phase("onset", 30, **FLAT), all=tracks(12))
    items = made.plan.items
    holed = replace(made, plan=replace(made.plan, items=(*items[:2], *items[3:]), warnings=()))
    found = the(coverage(holed))
    assert (found.kind, found.severity, found.where) == ("coverage", "stop", "onset")
    assert "lacks music for 0:04:" in found.what


def test_music_that_is_heard_twice_stops() -> None:
    """A playlist that is too short repeats itself: that is missing music, not a matter of taste."""
    looked = coverage(music(phase("onset", 40, **FLAT), all=tracks(3)))
    assert the(looked).severity == "stop"
    assert "40 min" in the(looked).what


def test_music_lent_from_another_playlist_is_a_warning() -> None:
    """Where unheard music of another playlist fills a phase, it is told, and ready all the same."""
    made = music(
        phase("onset", 20, **FLAT, playlists=("few",)),
        phase("peak", 10, **FLAT),
        all=tracks(16),
        few=(track("own", 300.0, 0.4, voice="instrumental"),),
    )
    assert kinds(coverage(made)) == [("coverage", "warning")]


def test_a_warning_is_graded_by_its_phase_and_not_by_names_in_it() -> None:
    """A phase whose name stands in another one's sentence is not the one that is short."""
    made = music(
        phase("peak", 40, **FLAT, playlists=("few",)),
        phase("after peak", 10, **FLAT, playlists=("lent",)),
        all=(),
        few=tracks(3),
        lent=(track("own", 500.0, 0.4, voice="instrumental"),),
    )
    found = coverage(made).findings
    assert {(each.where, each.severity) for each in found} == {
        ("peak", "stop"),
        ("after peak", "stop"),
    }
    told = replace(made.plan.warnings[0], text="after peak is mentioned here")
    looked = coverage(replace(made, plan=replace(made.plan, warnings=(told,)))).findings
    assert looked[0].where == "peak"


def test_into_silence_the_music_may_end_a_fade_early() -> None:
    """Before a chosen silence and at the arc's end the last fade is no gap; before music it is."""
    hush = phase("hush", 5, playlists=(), silence=True)
    arc = Arc("Test", (phase("onset", 10, **FLAT), hush))
    made = music(*arc.phases, all=tracks(12))
    first = replace(made.plan.items[0], start_s=0.0)

    def ending(end_s: float, made: Music) -> Looked:
        items = (replace(first, end_s=end_s),)
        return coverage(replace(made, plan=replace(made.plan, items=items, warnings=())))

    assert ending(586.0, made).findings == ()
    assert the(ending(570.0, made)).severity == "stop"
    followed = music(phase("onset", 10, **FLAT), phase("peak", 10, **FLAT), all=tracks(12))
    assert {finding.where for finding in ending(586.0, followed).findings} == {"onset", "peak"}


def test_gaps_are_what_no_track_covers() -> None:
    """Overlaps leave none; a stretch of more than two seconds is one; the ends count."""
    made = music(phase("onset", 20, **FLAT), all=tracks(12)).plan
    assert list(gaps(made, 0.0, 1200.0)) == []
    first = made.items[0]
    alone = replace(made, items=(replace(first, start_s=10.0, end_s=100.0),))
    assert list(gaps(alone, 0.0, 101.0)) == [(0.0, 10.0)]
    assert list(gaps(alone, 0.0, 200.0)) == [(0.0, 10.0), (100.0, 200.0)]
    assert list(gaps(alone, 20.0, 90.0)) == []
    assert list(gaps(alone, 0.0, 5.0)) == [(0.0, 5.0)]


def test_half_an_hour_has_to_be_over() -> None:
    """Less than 30 min of unheard music after the plan stops, with how much there is and lacks;
    music that does not come near the last curve does not count."""
    assert reserve(music(all=tracks(9))).findings == ()  # 3 for ten minutes, 6 of 5 min over
    found = the(reserve(music(all=tracks(8))))
    assert (found.kind, found.severity) == ("reserve", "stop")
    assert "only 25 min" in found.what
    assert found.do == "add 5 min of music to `all`"
    wild = tuple(track(f"w{number}", 300.0, 0.95, voice="instrumental") for number in range(9))
    end = phase("ground", 10, **FLAT, playlists=("calm",))
    start = phase("peak", 10, curve=Curve.spread((0.95,)))
    found = the(reserve(music(start, end, all=wild, calm=tracks(4))))
    assert found.where == "ground"


def test_what_is_avoided_is_not_over() -> None:
    """The reserve is what the session itself would go on with: no track the phase avoids."""
    church = tuple(replace(each, tags=("genre:church",)) for each in tracks(12)[3:])
    made = music(phase("onset", 10, **FLAT, avoid=("tag:church",)), all=tracks(3) + church)
    assert made.reserve == ()
    assert the(reserve(made)).severity == "stop"


# Voices.


def test_an_unknown_voice_stops_until_somebody_vouches() -> None:
    """Each planned track nobody knows of is one finding with the command that settles it; one that
    was vouched for is none; a phase that allows voices asks nothing."""
    unknown = replace(tracks(9)[0], voice="unknown", path="/music/it's.flac")
    pool = (unknown, *tracks(9)[1:])
    found = the(voices(music(all=pool)))
    assert (found.kind, found.severity, found.where) == ("unknown voice", "stop", unknown.path)
    assert "soundscape library vouch '/music/it'\"'\"'s.flac'" in found.do
    vouched = {unknown.path: About(vouched=True)}
    assert voices(music(all=pool, about=vouched)).findings == ()
    assert voices(music(phase("onset", 10, **FLAT, voice=True), all=pool)).findings == ()


def test_a_voice_in_the_plan_stops_whatever_was_vouched() -> None:
    """A planned voice where none is allowed keeps from ready, with the reason it is taken for one;
    the planner never does it, so the plan is made while the phase allows it."""
    sung = replace(tracks(9)[0], voice="voice")
    allowed = music(
        phase("onset", 10, **FLAT, voice=True),
        all=(sung, *tracks(9)[1:]),
        about={sung.path: About(voice_why=("its title says `feat.`",), vouched=True)},
    )
    strict = replace(allowed, arc=Arc("Test", (phase("onset", 10, **FLAT),)))
    found = the(voices(strict))
    assert (found.kind, found.severity) == ("voice", "stop")
    assert "feat." in found.what


def test_unknown_tracks_that_only_a_cue_would_bring_in_stop_together() -> None:
    """The rest of the playlists is one finding: any cue may bring a voice in."""
    rest = tuple(replace(each, voice="unknown", intensity=1.0) for each in tracks(14)[9:])
    looked = voices(music(all=tracks(9) + rest))
    found = the(looked)
    assert found.severity == "stop"
    assert "5 further tracks" in found.what
    assert found.do.endswith(" /music/t9.flac")
    more = tuple(replace(each, path=f"/music/more/{each.title}.flac") for each in rest)
    found = the(voices(music(all=tracks(9) + rest + more)))
    assert found.do.endswith("library vouch /music")
    about = {each.path: About(vouched=True) for each in rest}
    assert voices(music(all=tracks(9) + rest, about=about)).findings == ()


# Inside a track.

RISE = Heard("rise", "rises by 14 LU within 3 s", 61.0)


def test_a_rise_stops_until_somebody_vouches() -> None:
    """A jump in loudness keeps from ready, says where it is, and is a warning once vouched for."""
    pool = tracks(9)
    found = the(inside(music(all=pool, about={pool[0].path: About((RISE,))})))
    assert (found.kind, found.severity) == ("rise", "stop")
    assert "rises by 14 LU within 3 s at 0:01:01" in found.what
    assert "library vouch /music/t0.flac" in found.do
    vouched = music(all=pool, about={pool[0].path: About((RISE,), vouched=True)})
    assert the(inside(vouched)).severity == "warning"


@pytest.mark.parametrize("kind", ["clipped", "silence", "abrupt", "duration"])
def test_lesser_faults_are_warnings(kind: str) -> None:
    """What does not startle is told, and keeps nobody from beginning."""
    pool = tracks(9)
    about = {pool[0].path: About((Heard(kind, "is so", 5.0),))}  # type: ignore[arg-type]
    assert kinds(inside(music(all=pool, about=about))) == [(kind, "warning")]


def test_what_the_cue_points_leave_out_is_not_heard() -> None:
    """A finding before the cue-in or after the cue-out is none; the same thing told by the library
    and by decoding it anew is one."""
    cut = replace(tracks(9)[0], cue_in_s=62.0)
    assert inside(music(all=(cut, *tracks(9)[1:]), about={cut.path: About((RISE,))})).findings == ()
    whole = tracks(9)[0]
    made = music(all=tracks(9), about={whole.path: About((RISE,))})
    decoded = {**made.decoded, whole.path: measured(whole, findings=(RISE,))}
    assert the(inside(replace(made, decoded=decoded))).what.count("14 LU") == 1


def test_silence_that_the_cue_points_trim_is_no_finding() -> None:
    """Silence before the cue-in and from the cue-out on is never played; a hole in between is told,
    and an abrupt end at the cue-out is heard."""
    trimmed = replace(tracks(9)[0], cue_in_s=4.0, cue_out_s=251.04)
    ends = (
        Heard("silence", "begins with 4 s of silence, left out", 0.0),
        Heard("silence", "ends with 50 s of silence, left out", 250.0),
    )
    hole = Heard("silence", "falls silent for 9 s", 100.0)
    abrupt = Heard("abrupt", "ends abruptly", 251.1)

    def found(*heard: Heard) -> list[str]:
        made = music(all=(trimmed, *tracks(9)[1:]), about={trimmed.path: About(heard)})
        return [finding.what for finding in inside(made).findings]

    assert found(*ends) == []
    assert found(*ends, hole) == ["“T0”: falls silent for 9 s at 0:01:40"]
    assert len(found(*ends, abrupt)) == 1


def test_jumps_that_only_a_cue_would_bring_in_are_one_warning() -> None:
    """What the library knows of the rest of the playlists is told, counted, until vouched for."""
    rest = tuple(replace(each, intensity=1.0) for each in tracks(12)[9:])
    about = {each.path: About((RISE,)) for each in rest}
    found = the(inside(music(all=tracks(9) + rest, about=about)))
    assert found.severity == "warning"
    assert "3 further tracks" in found.what
    vouched = {each.path: About((RISE,), vouched=True) for each in rest}
    assert inside(music(all=tracks(9) + rest, about=vouched)).findings == ()


def test_many_places_of_a_track_are_one_finding() -> None:
    """A track that jumps again and again is one thing to listen to, with its first places."""
    pool = tracks(9)
    rises = tuple(replace(RISE, at_s=61.0 + at) for at in range(5))
    found = the(inside(music(all=pool, about={pool[0].path: About(rises)})))
    assert found.what.count("14 LU") == 3
    assert found.what.endswith("at 0:01:03; and 2 more")


# What decoding gives.


@pytest.mark.parametrize(
    ("result", "kind", "severity"),
    [
        (Fault("x", "is not audio that can be decoded"), "undecodable", "stop"),
        ({"duration_s": 240.0}, "truncated", "stop"),
        ({"key": "another"}, "changed", "stop"),
        ({"key": "", "loudness_lufs": -26.0}, "changed", "stop"),
        ({"findings": (Heard("silent", "is silent", fatal=True),)}, "silent", "stop"),
        ({"bad_packets": 3}, "damaged", "warning"),
        ({"loudness_lufs": -23.05}, "", ""),
    ],
)
def test_what_decodes_otherwise_than_planned_is_found(
    result: Fault | dict[str, object], kind: str, severity: str
) -> None:
    """A file that does not decode, is shorter, sounds otherwise or is silent stops; a piece that is
    stepped over is told; the rounding of a measure is nothing."""
    pool = tracks(9, key="same")
    made = music(all=pool)
    anew = result if isinstance(result, Fault) else measured(pool[0], **result)
    looked = files(replace(made, decoded={**made.decoded, pool[0].path: anew}))
    assert kinds(looked) == ([(kind, severity)] if kind else [])
    assert [finding.where for finding in looked.findings] == ([pool[0].path] if kind else [])


def test_a_file_that_was_not_decoded_stops() -> None:
    """No answer at all, also for an ambience, is no file that decodes."""
    made = music(phase("onset", 10, **FLAT, ambience=Ambience("rain")), all=tracks(9))
    rain = track("rain", 60.0)
    made = replace(made, gathered=replace(made.gathered, ambiences={"rain": rain}))
    assert [finding.where for finding in files(made).findings] == [rain.path]


# Loudness.


@pytest.mark.parametrize(
    ("lufs", "peak_dbtp", "kind"),
    [
        (-23.0, -6.0, ""),
        (-34.5, -20.0, ""),
        (-36.0, -20.0, "soft"),
        (-8.0, 1.0, ""),
        (-4.0, 1.0, "loud"),
        (-30.0, -5.5, ""),
        (-30.0, -3.0, "held"),
    ],
)
def test_loudness_outliers_are_warned_of(lufs: float, peak_dbtp: float, kind: str) -> None:
    """Lifted by more than 12 dB, louder than music is, or held by its peaks more than 3 dB under
    the others: each one warning; loud masters and calm pieces are none."""
    pool = tracks(9, loudness_lufs=lufs, true_peak_dbtp=peak_dbtp)
    looked = loudness(music(phase("onset", 10, **FLAT, level_db=0.0), all=pool))
    assert {finding.kind for finding in looked.findings} == ({kind} if kind else set())
    assert {finding.severity for finding in looked.findings} <= {"warning"}


def test_a_wide_range_vanishes_under_the_voices() -> None:
    """What is fine at full level is a near-silence at talk's level."""

    def found(mode: str) -> set[str]:
        made = music(phase("onset", 10, **FLAT, mode=mode), all=tracks(9))
        wide = {each.path: measured(each, range_lu=20.0) for each in made.played}
        return {finding.kind for finding in loudness(replace(made, decoded=wide)).findings}

    assert found("reflect") == set()
    assert found("talk") == {"near-silence"}
