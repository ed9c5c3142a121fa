"""The HTTP control port and its client."""
