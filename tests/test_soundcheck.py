"""What the sound of a file shows: each fault found in a sound made to have it, and in no other."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from soundscape.library.measure.listen import listen
from soundscape.library.measure.soundcheck import Checked, check_sound

RATE = 22_050
Sound = NDArray[np.float64]


def pad(seconds: float, peak: float = 0.2) -> Sound:
    """Something like music: three tones that swell slowly, with soft ends."""
    t = np.arange(int(seconds * RATE)) / RATE
    tones = sum(
        np.sin(2 * np.pi * f * t) * (1.2 + np.sin(0.5 * t + f)) for f in (110.0, 220.5, 331.0)
    )
    return soft_ends(np.asarray(tones) / np.abs(tones).max() * peak)


def soft_ends(sound: Sound, seconds: float = 0.5) -> Sound:
    n = int(seconds * RATE)
    edge = np.linspace(0.0, 1.0, n)
    return np.concatenate([sound[:n] * edge, sound[n:-n], sound[-n:] * edge[::-1]])


def silence(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE))


def checked(tmp_path: Path, *parts: Sound) -> Checked:
    path = tmp_path / "a.wav"
    samples = np.concatenate(parts)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return check_sound(listen(str(path)))


def kinds(result: Checked) -> list[tuple[str, bool]]:
    return [(finding.kind, finding.fatal) for finding in result.findings]


@pytest.mark.parametrize("gain", [1.0, 0.3, 0.1])
def test_ordinary_music_has_no_finding(tmp_path: Path, gain: float) -> None:
    """A piece with soft ends, at any usual level, is not complained about or cut."""
    assert checked(tmp_path, pad(20) * gain) == Checked()


def test_silence_at_the_ends_is_left_out_and_a_quiet_tail_is_not(tmp_path: Path) -> None:
    """Cue points keep a little air; a tail that fades into nothing stays to its last sound."""
    result = checked(tmp_path, silence(8), pad(20), silence(7))
    assert kinds(result) == [("silence", False)] * 2
    assert result.cue_in_s == pytest.approx(7.9, abs=0.05)
    assert result.cue_out_s == pytest.approx(29.0, abs=0.05)
    assert [finding.at_s for finding in result.findings] == [0.0, pytest.approx(28.0, abs=0.1)]
    tone = pad(30)
    tail = tone * 10 ** (-np.linspace(0, 50, len(tone)) / 20)
    assert checked(tmp_path, tail).cue_out_s is None


def test_short_silence_at_the_ends_is_cut_without_a_word(tmp_path: Path) -> None:
    """Two seconds of silence are usual; they are trimmed at the start, and half a second is not."""
    result = checked(tmp_path, silence(2), pad(20), silence(3))
    assert (result.cue_in_s, result.cue_out_s) == (pytest.approx(1.9, abs=0.05), 23.0)
    assert result.findings == ()
    assert checked(tmp_path, silence(0.5), pad(20), silence(1.5)) == Checked()


def test_a_silence_in_the_middle_is_found(tmp_path: Path) -> None:
    """A hole of seven seconds is told with its place; a rest of three is music."""
    result = checked(tmp_path, pad(20), silence(7), pad(20))
    (finding, *_) = result.findings
    assert (finding.kind, finding.fatal) == ("silence", False)
    assert finding.at_s == pytest.approx(20, abs=0.6)
    assert "silence" not in dict(kinds(checked(tmp_path, pad(20), silence(3), pad(20))))


def test_an_offset_is_no_sound(tmp_path: Path) -> None:
    """Silence is found under a constant offset, as a bad converter writes it, too; and where the
    offset itself begins and ends with the music."""
    parts = (silence(8), pad(20), silence(7))
    whole = checked(tmp_path, *(part + 0.1 for part in parts))
    assert whole.cue_in_s == pytest.approx(7.9, abs=0.05)
    assert whole.cue_out_s == pytest.approx(29.0, abs=0.05)
    partly = checked(tmp_path, parts[0], parts[1] + 0.1, parts[2])
    assert (partly.cue_in_s, partly.cue_out_s) == (whole.cue_in_s, whole.cue_out_s)
    # A filter that ran over the file rings where the offset begins and ends.
    ring = 0.01 * np.cos(np.arange(RATE // 4) / 4) * np.linspace(1.0, 0.0, RATE // 4)
    parts[0][: len(ring)] += ring
    parts[2][-len(ring) :] += ring[::-1]
    rung = checked(tmp_path, *(part + 0.1 for part in parts))
    assert (rung.cue_in_s, rung.cue_out_s) == (whole.cue_in_s, whole.cue_out_s)


@pytest.mark.parametrize("encoder", ["libvorbis", "aac", "libmp3lame"])
def test_nor_is_the_ripple_that_an_encoder_makes_of_it(tmp_path: Path, encoder: str) -> None:
    """Vorbis and AAC write a constant offset as a soft hum, others ring where it begins."""
    checked(tmp_path, *(part + 0.05 for part in (silence(3), pad(6), silence(4))))
    coded = tmp_path / "a.mka"
    command = ["ffmpeg", "-v", "error", "-i", str(tmp_path / "a.wav"), "-c:a", encoder, str(coded)]
    subprocess.run(command, check=True)
    found = check_sound(listen(str(coded)))
    assert found.cue_in_s == pytest.approx(2.9, abs=0.15)
    assert found.cue_out_s == pytest.approx(10.0, abs=0.15)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before_s", "after_s", "plays"),
    [(40, 20, (0.0, 41.0)), (20, 40, (44.9, None))],
)
def test_a_long_silence_divides_a_file(
    tmp_path: Path, before_s: float, after_s: float, plays: tuple[float, float | None]
) -> None:
    """The longer side of a silence of over 20 s is played, at its own loudness; the silence never
    is, and the other side's jumps are of no concern."""
    quiet, loud = pad(before_s, 0.1), pad(after_s, 0.4)
    result = checked(tmp_path, quiet, silence(25), loud)
    assert result.cue_in_s == pytest.approx(plays[0], abs=0.6)
    assert result.cue_out_s == (None if plays[1] is None else pytest.approx(plays[1], abs=0.6))
    (finding,) = result.findings
    assert "falls silent for 2" in finding.what
    alone = tmp_path / "alone"
    alone.mkdir()
    played = quiet if before_s > after_s else loud
    checked(alone, played)
    own = listen(str(alone / "a.wav")).loudness.integrated_lufs
    assert result.loudness_lufs == pytest.approx(own, abs=0.3)


def test_a_silence_of_less_than_twenty_seconds_stays(tmp_path: Path) -> None:
    """It is told; nothing is cut."""
    result = checked(tmp_path, pad(20), silence(15), pad(20))
    assert (result.cue_in_s, result.cue_out_s, result.loudness_lufs) == (0.0, None, None)


def test_a_sudden_loud_passage_is_a_rise(tmp_path: Path) -> None:
    """20 dB up at once is told with its place; 20 dB up over half a minute is a crescendo."""
    result = checked(tmp_path, pad(20, 0.03), pad(20, 0.5))
    (finding,) = [each for each in result.findings if each.kind == "rise"]
    assert not finding.fatal
    assert finding.at_s == pytest.approx(21, abs=2)
    tone = pad(40, 0.5)
    slow = tone * 10 ** (-np.linspace(20, 0, len(tone)) / 20)
    assert checked(tmp_path, slow) == Checked()


def test_beats_are_no_rises(tmp_path: Path) -> None:
    """A beat that comes back as loud as it was, after a pause of two seconds, startles nobody."""
    t = np.arange(RATE * 2) / RATE
    beat = 0.5 * np.sin(2 * np.pi * 110 * t) * np.exp(-t * 6) * np.minimum(1.0, t / 0.005)
    assert "rise" not in dict(kinds(checked(tmp_path, *[beat] * 15)))


@pytest.mark.slow
def test_a_rise_of_many_is_told_as_such(tmp_path: Path) -> None:
    """A piece that jumps all the time gets a list one can read."""
    jumps = [part for _ in range(12) for part in (pad(5, 0.02), pad(5, 0.5))]
    rises = [each for each in checked(tmp_path, *jumps).findings if each.kind == "rise"]
    assert len(rises) == 9
    assert "more" in rises[-1].what


def test_driven_far_over_full_scale_is_fatal_and_a_touch_of_it_is_not(tmp_path: Path) -> None:
    """A sine driven tenfold is ruined; peaks that just reach full scale are a loud master."""
    assert ("clipped", True) in kinds(checked(tmp_path, pad(20, 10.0)))
    loud = pad(20, 1.0)
    assert "clipped" not in dict(kinds(checked(tmp_path, loud)))
    assert ("clipped", False) in kinds(checked(tmp_path, pad(20, 1.1)))


def test_cut_ends_are_abrupt(tmp_path: Path) -> None:
    """What begins or ends in the middle of its sound is told; a struck note that rings is not."""
    whole = pad(30)
    cut = checked(tmp_path, whole[5 * RATE : 20 * RATE])
    assert kinds(cut) == [("abrupt", False)] * 2
    t = np.arange(4 * RATE) / RATE
    note = 0.4 * np.sin(2 * np.pi * 220 * t) * np.exp(-t * 8)
    assert "abrupt" not in dict(kinds(checked(tmp_path, *[note] * 5)))


def test_silence_all_through_is_fatal(tmp_path: Path) -> None:
    """Nothing to hear, nothing to match; a very soft piece is only told."""
    assert kinds(checked(tmp_path, silence(10))) == [("silent", True)]
    assert kinds(checked(tmp_path, pad(20, 0.003))) == [("silent", False)]


def test_damage_inside_is_fatal_with_its_place(tmp_path: Path) -> None:
    """Flipped bits in a FLAC frame are seen by its checksum and the file is not played."""
    from library_fixtures import music

    path = music(tmp_path / "a.flac", seconds=6.0)
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 2, len(data) // 2 + 40):
        data[at] ^= 0x55
    path.write_bytes(bytes(data))
    (finding,) = [
        each for each in check_sound(listen(str(path))).findings if each.kind == "undecodable"
    ]
    assert finding.fatal
    assert finding.at_s is not None
    assert 1.0 < finding.at_s < 5.0
