"""The processes of a session: who starts whom, who watches whom, who takes over.

`launch` starts the supervisor, which starts the engine (`daemon`); `takeover` is how the next one
goes on. `sidecars` are the processes beside them. Imports `engine` and below.
"""
