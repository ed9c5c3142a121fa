"""Starter music: a small library made by the program itself, from a seed, with NumPy alone.

`pieces` is the table of them, `make` writes them. Imports `core`, `home` and `library`.
"""
