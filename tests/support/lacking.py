"""What a machine may lack: skipped with how to get it, and a failure where nothing may be lacking."""

import os

import pytest

IN_CI = os.environ.get("CI") == "true"


def lacking(what, how):
    """Skip for want of something, saying how to get it; in CI that is a failure."""
    message = f"{what} is missing: {how}"
    if IN_CI:
        pytest.fail(message)
    pytest.skip(message)
