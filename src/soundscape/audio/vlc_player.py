"""A deck's player on libVLC.

Facts about libVLC 3 that shape this file:

- Volume is a whole percentage on a cubic law: gain dB = 60 log10(percent / 100).
- Its callbacks come on its own threads and must never call back into it: they only enqueue.
- `Playing` and a moving time do not mean that anything is heard. A player is heard once buffers
  have gone to the output and the output has named its device.
- Volume and mute are set before every `play`. Otherwise the sound server starts the stream as
  another program left it.
- Without a media role and with our own name, the sound server keeps our volumes apart from those of
  other programs, and mutes nothing for a telephone call.
- `get_time` moves in steps of 250 to 300 ms; in between the clock carries the position on.
- `stop` waits for the thread that reads the file, and for an output that is being opened: 14 s on a
  stalled disk. No other call made here was seen to wait. So libVLC is fed from memory, by a
  `ReadAhead`, and `stop` has a thread of its own.
"""

from __future__ import annotations

import ctypes
import math
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from soundscape.audio.disk import Disk
from soundscape.audio.player import PlayerReading, PlayerState
from soundscape.audio.readahead import ReadAhead
from soundscape.core import fade
from soundscape.core.errors import NoSound
from soundscape.home import hand_over_cookie

CARRY_S = 0.6
"""Most seconds that the clock carries a position on while libVLC's own time does not move."""

ECHO_S = 2.0
"""Seconds within which a volume that the output reports may be one that was written here."""

REST_S = 1.0
"""Seconds without a write after which the last reported volume must be the last written one."""

TAKEN_S = 1.0
"""Seconds without a buffer after which an output counts as accepting none."""

LEFT_MOST = 4
"""Most media players of one deck that may wait to be stopped; beyond that it opens nothing more."""

GONE_S = 1.0
"""Seconds that the end of the process waits for media players that are being stopped."""

_FEEDING = (":prefetch-buffer-size=64", ":prefetch-read-size=65536")
"""libVLC would itself read 16 MiB ahead; only the `ReadAhead` can count its bytes."""

_OPTIONS = (
    "--quiet",
    "--no-video",
    "--no-spu",
    "--no-osd",
    "--no-sub-autodetect-file",
    "--no-metadata-network-access",
    "--no-lua",
    "--audio-replay-gain-mode=none",
    "--no-audio-time-stretch",
    "--stereo-mode=1",  # Mixes more channels down; the measures account for it (`mixdown`).
)

_OPENING = (":demux=wav,aiff,avformat,any", ":audio-track=0")
"""How a file is opened: by the first of these demuxers that recognises it.

libVLC's own demuxers miss the requested position in Vorbis (by 9 s), ADTS AAC (they start at 0) and
MP3 (by 12 to 45 s, or silent). FFmpeg's are right to 0.1 s, start as fast and need 7 MB more. But
they pass on PCM of more than two channels in the wrong order, so WAV and AIFF stay with libVLC's
own, which are right there."""


def load_libvlc() -> Any:
    """Load python-vlc. Raises `NoSound` with one clear message if libVLC is not installed."""
    try:
        import vlc
    except (ImportError, OSError, NameError, AttributeError) as error:
        raise NoSound(
            f"libVLC cannot be loaded ({error}); install VLC (on Debian: libvlc5 and "
            "vlc-plugin-base), or play silently with --out null"
        ) from None
    return vlc


def make_instance(vlc: Any) -> Any:
    options = [*_OPTIONS, *(["--aout=directsound"] if sys.platform == "win32" else [])]
    hand_over_cookie()
    made = vlc.Instance(options)
    if made is None:
        raise NoSound("libVLC does not start; install vlc-plugin-base, or use --out null")
    made.set_app_id("soundscape", "", "")
    made.set_user_agent("soundscape", "soundscape")
    return made


def to_db(percent: int) -> float:
    """Return the gain in dB of a libVLC volume."""
    return fade.volume_to_db(percent / 100.0)


def to_percent(db: float) -> int:
    """Return libVLC's volume for a gain in dB, on its cubic law; at most 200."""
    if db <= fade.MUTE_DB:
        return 0
    return min(round(100.0 * math.pow(10.0, db / 60.0)), 200)


@dataclass(frozen=True, slots=True)
class Feed:
    """Feeds a file's bytes to libVLC. `callbacks` must live as long as `media` does."""

    bytes: ReadAhead
    media: Any
    callbacks: tuple[Any, ...]

    @classmethod
    def of(cls, vlc: Any, instance: Any, file: ReadAhead) -> Feed:
        """Make a medium that is read from memory. libVLC's own threads call its callbacks."""

        def open_file(_: Any, __: Any, size: Any) -> int:
            found = file.open()
            if found is None:
                return -1
            size.contents.value = found
            return 0

        def read(_: Any, buffer: Any, most: int) -> int:
            found = file.read(most)
            if found is None:
                return -1
            ctypes.memmove(buffer, found, len(found))
            return len(found)

        def seek(_: Any, offset: int) -> int:
            file.seek(offset)
            return 0

        kinds = vlc.CallbackDecorators
        callbacks = (
            kinds.MediaOpenCb(open_file),
            kinds.MediaReadCb(read),
            kinds.MediaSeekCb(seek),
            kinds.MediaCloseCb(lambda _: None),
        )
        media = instance.media_new_callbacks(*callbacks, None)
        for option in (*_FEEDING, *_OPENING):
            media.add_option(option)
        return cls(file, media, callbacks)


@dataclass(slots=True)
class Event:
    """What libVLC told of a player's `number`th file; `value` is a volume, 1.0 for 100 %."""

    player: VlcPlayer
    number: int
    name: str
    value: float = 0.0


class VlcPlayer:
    """A `Player` that makes a new libVLC media player for every file.

    A media player that has been stopped starts its next file at full volume for a quarter of a
    second, whatever volume was set before (recorded: 8 dB over the music around it). A new one does
    not, so none is used twice.
    """

    def __init__(
        self, vlc: Any, instance: Any, disk: Disk, tell: Callable[[Event], None], device: str
    ) -> None:
        self._vlc = vlc
        self._instance = instance
        self._disk = disk
        self._tell = tell
        self.device = device
        self._player: Any = None
        self._feed: Feed | None = None
        self._left: list[threading.Thread] = []
        self._round = 0
        self._state: PlayerState = "idle"
        self._device_named = False
        self._percent = -1
        self._offset_s = 0.0
        self._time_ms = -1
        self._moved_at: float | None = None
        self._now = 0.0
        self._written: deque[tuple[float, int]] = deque()
        self._told_percent = 0
        self._outside_db: float | None = None
        self._muted = False
        self._taken = 0
        self._taken_at: float | None = None
        self.watches_volume = False
        """Whether the output's reports of volumes are reliable, as a sound server's are."""

    def start(self, path: str, offset_s: float, muted: bool = False) -> None:
        """Open a file and play it silently from `offset_s`."""
        self._round += 1
        self._left = [thread for thread in self._left if thread.is_alive()]
        if len(self._left) >= LEFT_MOST:
            self._state = "failed"
            return
        self._player = self._instance.media_player_new()
        self._player.set_role(self._vlc.MediaPlayerRole._None)
        if self.device:
            self._player.audio_output_device_set(None, self.device)
        self._listen(self._player, self._round)
        self._feed = Feed.of(self._vlc, self._instance, ReadAhead(self._disk, path))
        media = self._feed.media
        if offset_s > 0.0:
            media.add_option(f":start-time={offset_s:.3f}")
        self._player.set_media(media)
        self._state, self._device_named = "opening", False
        self._offset_s, self._time_ms, self._moved_at = offset_s, -1, None
        self._percent = -1
        self._written.clear()
        self._told_percent = 0
        self._outside_db, self._muted = None, muted
        self._taken, self._taken_at = 0, None
        self._player.audio_set_mute(muted)
        self.set_gain(fade.SILENT_DB)
        if self._player.play() != 0:
            self._state = "failed"

    def _listen(self, player: Any, number: int) -> None:
        manager = player.event_manager()
        kind = self._vlc.EventType
        for event, name in (
            (kind.MediaPlayerEndReached, "ended"),
            (kind.MediaPlayerEncounteredError, "failed"),
            (kind.MediaPlayerAudioDevice, "device"),
            (kind.MediaPlayerMuted, "muted"),
            (kind.MediaPlayerUnmuted, "unmuted"),
        ):
            told = Event(self, number, name)
            manager.event_attach(event, lambda _, told=told: self._tell(told))

        def volume(event: Any) -> None:
            # python-vlc names only some members of the union; a volume is its first float.
            self._tell(Event(self, number, "volume", event.u.new_position))

        manager.event_attach(kind.MediaPlayerAudioVolume, volume)

    def set_gain(self, db: float) -> None:
        """Write the volume if it differs from the last written one."""
        percent = to_percent(db)
        if percent != self._percent and self._player is not None:
            self._percent = percent
            self._written.append((self._now, percent))
            self._player.audio_set_volume(percent)

    def freeze(self) -> None:
        """Pause."""
        self._player.set_pause(1)
        self._state = "frozen"

    def thaw(self) -> None:
        """Go on."""
        self._player.set_pause(0)
        self._state = "rolling"

    def stop(self) -> None:
        """Silence the player at once, and release file and media player."""
        player, feed = self._player, self._feed
        self._player = self._feed = None
        self._state = "idle"
        if player is None or feed is None:
            return
        player.audio_set_volume(0)
        feed.bytes.close()
        thread = threading.Thread(target=_let_go, args=(player, feed), name="let go", daemon=True)
        self._left.append(thread)
        thread.start()

    def gone(self) -> None:
        """Wait a little until stopped media players are released."""
        for thread in self._left:
            thread.join(GONE_S)

    def look(self, now: float) -> PlayerReading:
        """Return the state, the interpolated position, whether sound reaches the output, and what
        something else did to the volume."""
        self._now = now
        if self._state == "opening":
            # Volumes written to a stream that does not exist yet are reported once it does.
            self._written = deque((now, percent) for _, percent in self._written)
        elif self._written and now - self._written[-1][0] > REST_S:
            self._compare(self._told_percent, [self._percent])
        outside_db, self._outside_db = self._outside_db, None
        self._find_time(now)
        position_s = self._position_s(now)
        file = None if self._feed is None else self._feed.bytes
        left_s = file.left_s(now) if file and self._state == "rolling" else math.inf
        heard = self._heard(now)
        return PlayerReading(self._state, position_s, heard, outside_db, self._muted, left_s)

    def _find_time(self, now: float) -> None:
        if self._state not in ("opening", "rolling"):
            return
        time_ms = self._player.get_time()
        if time_ms > max(self._time_ms, round(self._offset_s * 1000.0)):
            self._state = "rolling"
            self._time_ms, self._moved_at = time_ms, now
        elif self._state == "rolling" and self._moved_at is None:
            self._moved_at = now

    @property
    def plays(self) -> bool:
        """Whether it should move, or soon will."""
        return self._state in ("opening", "rolling")

    def moved_by(self) -> float:
        """Return the seconds that it has played since the last look."""
        return float(max(self._player.get_time() - self._time_ms, 0)) / 1000.0

    def _position_s(self, now: float) -> float:
        start_s = self._offset_s if self._time_ms < 0 else self._time_ms / 1000.0
        if self._state != "rolling" or self._moved_at is None:
            return start_s
        return start_s + min(now - self._moved_at, CARRY_S)

    def _heard(self, now: float) -> bool:
        if not self._device_named or self._feed is None:
            return False
        stats = self._vlc.MediaStats()
        self._feed.media.get_stats(stats)
        if stats.played_abuffers > self._taken:
            self._taken, self._taken_at = stats.played_abuffers, now
        if self._taken_at is None:
            return False
        return self._state != "rolling" or now - self._taken_at <= TAKEN_S

    def ends_at(self, now: float) -> float:
        """Return infinity: libVLC tells when it ends."""
        return float("inf")

    def event(self, event: Event) -> None:
        """Take what a callback enqueued, unless it is about an earlier file."""
        name = event.name
        if event.number != self._round or self._player is None:
            return
        if name == "volume":
            self._volume_told(round(100.0 * event.value))
        elif name in ("muted", "unmuted"):
            self._muted = name == "muted"
        elif name == "device":
            self._device_named = True
            if self._state == "opening":
                # Decoded sound has reached an output. This comes a quarter of a second before
                # libVLC's time moves, and never for a file that only looks like music.
                self._state = "rolling"
        elif self._state in ("opening", "rolling"):
            self._state = "ended" if name == "ended" else "failed"

    def _volume_told(self, percent: int) -> None:
        """Notice a volume that something else wrote: none of those written here recently."""
        self._told_percent = percent
        while len(self._written) > 1 and self._now - self._written[0][0] > ECHO_S:
            self._written.popleft()
        self._compare(percent, [written for _, written in self._written])

    def _compare(self, percent: int, own: Sequence[int]) -> None:
        if not self.watches_volume or any(abs(percent - each) <= 1 for each in own):
            return
        # Taken over as it is: the next gain starts from here.
        self._percent = percent
        self._outside_db = to_db(percent)


def _let_go(player: Any, feed: Feed) -> None:
    """Stop a media player; return once libVLC has released file and output."""
    player.stop()
    player.release()
    feed.media.release()
