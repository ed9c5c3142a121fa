"""The key: a name for the audio in a file, whatever its tags, its name and its place.

A key is ``RECORDING-DECODING``. The first half names the recording: the packets of sound as the
container holds them. The second names all else that a decoder is told (header gain, channel
layout, codec setup, samples to skip). Two files with one key sound and measure the same; files that
share the first half only hold the same music, at another level for instance. So measures go by the
whole key, and what people say of the music by the recording.

Nothing is decoded: a file tagged anew, renamed or copied keeps its key, and the same music encoded
again has another.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from soundscape.core.errors import Fault, InputError

if TYPE_CHECKING:
    import av


def key_of(path: str, sign_of_life: Callable[[], None] = lambda: None) -> str:
    """Two hashes in hex, with a dash between them: BLAKE2b-128 over codec, rate, channels and the
    bytes of all packets; BLAKE2b-64 over what else the decoder is told.

    Reads the file once from end to end; `sign_of_life` is called every now and then meanwhile.
    A file that breaks off has the key of what is there. Raises `InputError` where there is no
    audio at all.
    """
    import hashlib

    import av

    from soundscape.library.measure.opening import opened

    recording, decoding = hashlib.blake2b(digest_size=16), hashlib.blake2b(digest_size=8)
    empty = True
    with opened(path) as (container, stream):
        context = stream.codec_context
        recording.update(
            f"{context.codec.canonical_name} {stream.rate} {stream.channels} ".encode()
        )
        decoding.update(f"{stream.layout.name} {stream.format.name} ".encode())
        decoding.update(_setup(context))
        try:
            for packet in container.demux(stream):
                if packet.size:
                    empty = False
                    recording.update(packet)
                    # Samples to drop: gapless headers, edit lists, pre-skip, padding at the end.
                    if packet.is_discard or packet.has_sidedata("skip_samples"):
                        skipped = bytes(packet.get_sidedata("skip_samples"))
                        decoding.update(f"{packet.is_discard} {skipped.hex()} ".encode())
                    sign_of_life()
        except av.FFmpegError:
            pass  # The measuring says what is wrong with the rest.
    if empty:
        raise InputError([Fault(path, "holds no sound: nothing in it decodes")])
    return f"{recording.hexdigest()}-{decoding.hexdigest()}"


def recording_of(key: str) -> str:
    """The half of a key that names the recording, alone, and all of a key from before keys had two.

    >>> recording_of("aa11-bb22#t=61.500,240.000")
    'aa11#t=61.500,240.000'
    """
    return re.sub(r"-[0-9a-f]+", "", key, count=1)


def _setup(context: av.AudioCodecContext) -> bytes:
    """The codec's headers, without Vorbis' second one, which holds the tags."""
    data = bytes(context.extradata or b"")
    if context.codec.canonical_name != "vorbis" or data[:1] != b"\x02":
        return data
    # The first header has 30 bytes, the third is the last.
    return data[(at := data.index(b"\x01vorbis")) : at + 30] + data[data.rindex(b"\x05vorbis") :]
