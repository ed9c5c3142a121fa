"""The pure core: arcs, plans, cues, fades, and the session as a value.

No files, threads, clocks or logging: `now` and seeds are arguments. Imports nothing of ours.
"""
