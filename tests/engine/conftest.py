"""Property tests: as many examples as fit in seconds, and no time limit on one, since the machine may be busy."""

from hypothesis import settings

settings.register_profile("engine", deadline=None, max_examples=100)
settings.load_profile("engine")
