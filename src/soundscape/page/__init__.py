"""The page on a phone: a companion of the session that serves it, and what it shows."""
