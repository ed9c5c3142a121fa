"""Cues: what the facilitator can ask for. `table` has one row per cue; other modules decide them.

`row` defines a row. `words` turns typed words into arguments. `place` checks whether a cue still
fits where the session stands. This package is pure and imports only the rest of `core`.
"""
