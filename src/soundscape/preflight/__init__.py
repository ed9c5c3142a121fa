"""Whether a session can begin: one verdict, with everything that was looked at.

`checks` is the table of checks. Imports `library`, `audio`, `journal`, `control` and below.
"""
