"""Cues: what the facilitator can say. `table` has one row for each; the other modules decide.

`row` is what a row is made of, `words` how typed words become its arguments, `place` whether a cue
is still meant where the session stands. Pure; imports the rest of `core`.
"""
