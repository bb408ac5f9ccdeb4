"""How many examples a property test tries: so many times what the run does."""

import hypothesis


def examples(times: float) -> hypothesis.settings:
    """For a test whose examples are cheap and manifold, or dear: `times` as many as other property tests try."""
    usual = hypothesis.settings().max_examples
    return hypothesis.settings(max_examples=int(usual * times))
