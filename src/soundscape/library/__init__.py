"""Files into tracks: arcs, playlists, tags, loudness, the index, the starter music."""
