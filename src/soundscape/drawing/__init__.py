"""Pictures of arcs, plans and sessions: on a page (SVG, PNG) and in the terminal.

`scene` and `played` say what is drawn, all else draws it. Imports `core`.
"""
