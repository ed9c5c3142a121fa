"""Python runs this at the start of every process of a sabotaged session, for PYTHONPATH leads here.

In the process that plays it breaks the one thing that SABOTAGE names. The program itself has no
way in for a test.
"""

import os
import sys

ENGINE, SUPERVISOR = "soundscape.process.daemon", "soundscape.process.supervisor"

if ENGINE in sys.orig_argv and SUPERVISOR not in sys.orig_argv:
    import sabotage

    getattr(sabotage, os.environ["SABOTAGE"])()
