"""The pure core: arcs, plans, cues, fades, and the session as a value.

It has no files, threads, clocks or logging: `now` and seeds are arguments. It imports none of the
other packages.
"""
