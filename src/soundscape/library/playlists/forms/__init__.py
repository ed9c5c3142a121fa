"""The forms a playlist is written in: a module each, with `read`, `write` and what it `HOLDS`.

`soundscape.library.playlists.load` is the face: it chooses the module by the file's suffix.
"""
