"""The key: a name for the audio in a file, whatever its tags, its name and its place.

It is taken from the packets of sound as the container holds them, without decoding any: a file
tagged anew, renamed or copied keeps its key, and the same music encoded again has another. What
stands beside the packets is left out, for that is where the tags are (in Ogg even the codec's own
headers hold the comments).
"""

from __future__ import annotations

from collections.abc import Callable

from soundscape.core.errors import Fault, InputError


def key_of(path: str, sign_of_life: Callable[[], None] = lambda: None) -> str:
    """BLAKE2b-128, in hex, over the codec's name, rate, channels and the bytes of all packets.

    Reads the file once from end to end; `sign_of_life` is called every now and then meanwhile.
    A file that breaks off has the key of what is there. Raises `InputError` where there is no
    audio at all.
    """
    import hashlib

    import av

    from soundscape.library.decode import opened

    digest = hashlib.blake2b(digest_size=16)
    empty = True
    with opened(path) as (container, stream):
        context = stream.codec_context
        digest.update(f"{context.codec.canonical_name} {stream.rate} {stream.channels} ".encode())
        try:
            for packet in container.demux(stream):
                if packet.size:
                    empty = False
                    digest.update(packet)
                    sign_of_life()
        except av.FFmpegError:
            pass  # The measuring says what is wrong with the rest.
    if empty:
        raise InputError([Fault(path, "holds no sound: nothing in it decodes")])
    return digest.hexdigest()
