"""Cues: what the facilitator can ask for. `table` has one row per cue; `sound`, `course` and `undo`
decide them.

`row` defines a row and checks whether it still fits where the session stands. `words` turns typed
words into arguments. This package is pure and imports only the rest of `core`.
"""
