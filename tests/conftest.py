"""What all tests share."""

from hypothesis import settings

# How long something takes is for `make bench` to say: a busy machine must not fail a test.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
