"""The door's tests make and check many passwords: the same hash, made to cost little."""

import pytest
from argon2 import PasswordHasher

from fundsite.staff import passwords


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch):
    cheap = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", cheap)
    monkeypatch.setattr(passwords, "NOBODY", cheap.hash("nobody has this password"))
