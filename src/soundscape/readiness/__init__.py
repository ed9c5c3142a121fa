"""Whether a session can begin: one verdict, with everything that was looked at."""
