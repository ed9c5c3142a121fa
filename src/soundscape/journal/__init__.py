"""The as-run journal: written as things happen, read back later."""
