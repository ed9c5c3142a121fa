"""soundscape: music for therapy sessions, shaped to an arc."""

__version__ = "0.1.0"
