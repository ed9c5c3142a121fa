"""Files into tracks: arcs, playlists, tags, loudness and intensity, and the index of it all.

`catalog` is its face: an arc and some folders in, pools of tracks out. Imports `core` and `home`.
"""
