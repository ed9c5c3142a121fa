"""The control port: HTTP on loopback, its client, and the file by which a session is found.

Every screen, pedal and command reaches the engine this way. Imports `core` alone.
"""
