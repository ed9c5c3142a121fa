"""`soundscape service`: a session that the machine's service manager looks after."""
