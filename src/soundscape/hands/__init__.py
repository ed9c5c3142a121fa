"""Pedals, show control and media keys: cues from whatever is pressed, beside the keyboard.

All of it lives in one companion process (`soundscape.companion`), which is a client of the
session's control port like any other: no driver and no foreign packet comes near the music.
`guard`, `buttons` and `words` are pure.
"""
