"""What several tests share: waiting for something, and builders of the core's values."""
