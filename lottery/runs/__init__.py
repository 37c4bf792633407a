"""What lies on disk, and how a command starts and ends."""
