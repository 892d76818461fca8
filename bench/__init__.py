"""Speed and size, measured through the doors that users use."""
