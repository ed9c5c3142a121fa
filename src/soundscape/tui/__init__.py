"""What a terminal shows while a session plays: the live screen, or plain lines.

Both are only clients of the control port: the session goes on without them. Imports `core`,
`control`, `process` and `drawing`; only `screen` and `terminal` load Textual.
"""
