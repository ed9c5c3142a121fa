"""Pedals, show control and media keys: cues from whatever is pressed, beside the keyboard.

All of it runs in one process of its own (`soundscape.process.sidecars`), a client of the control
port like any other: no driver and no foreign packet comes near the music. `presses` and
`packet` are pure. Imports `tui`, `process` and below, but nothing that plays music.
"""
