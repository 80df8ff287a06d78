"""The analysis as most users have it: pyarrow, which comes with an extra of its own, makes small frames slower."""

from collections.abc import Iterator

import pandas as pd
import pytest
from support.claims import Machine, everything, verdicts

from analysis.claims import Verdict


@pytest.fixture(autouse=True, scope="session")
def text_without_pyarrow() -> Iterator[None]:
    """Let pandas keep text as it does where pyarrow is not installed."""
    with pd.option_context("mode.string_storage", "python"):
        yield


@pytest.fixture(scope="session")
def all_true() -> dict[int, Verdict]:
    """Answer the claims on a machine of which they are true, from six blocks, between which it drifts."""
    return verdicts(Machine(noise=0.002, drift=0.4).sweep(everything(), 6))
