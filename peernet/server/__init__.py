"""The doors a process listens on."""
