"""Checks whether a session can begin: one verdict, and everything that was looked at.

`checks` is the table of checks. Imports `library`, `audio`, `journal`, `control` and below.
"""
