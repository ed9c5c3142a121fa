"""What is measured of a file's sound: loudness, intensity, faults; and the key that names it.

`workers` is the face. Only the process that `worker` runs in loads PyAV. Imports `core`.
"""
