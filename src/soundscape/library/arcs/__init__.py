"""Arcs in YAML: where they are looked for, read with every fault, and made anew.

`load` is the face. Imports `core` and the rest of `library`.
"""
