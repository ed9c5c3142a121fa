"""The forms a playlist is written in: a module each, which ends with its `FORM`.

`soundscape.library.playlists.load` is the face: it chooses the module by the file's suffix.
"""
