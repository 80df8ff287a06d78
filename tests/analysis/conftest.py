"""The analysis as most users have it: pyarrow, which comes with an extra of its own, makes small frames slower."""

from collections.abc import Iterator

import pandas as pd
import pytest


@pytest.fixture(autouse=True, scope="session")
def text_without_pyarrow() -> Iterator[None]:
    """Let pandas keep text as it does where pyarrow is not installed."""
    with pd.option_context("mode.string_storage", "python"):
        yield
