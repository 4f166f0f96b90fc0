"""Who holds a piece of work."""

import os
import subprocess
import sys

import pytest

from fundsite import holder


def name_of(pid, started):
    machine = holder.me().split("/")[0]
    return f"{machine}/{pid}/{started}"


def test_this_process_is_alive():
    assert not holder.is_dead(holder.me())


def test_a_process_that_has_ended_is_dead():
    code = "from fundsite import holder; print(holder.me())"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert holder.is_dead(ended.stdout.strip())


def test_another_process_with_the_same_number_is_not_the_one_that_died():
    assert holder.is_dead(name_of(os.getpid(), "1"))


def test_without_a_start_time_a_living_number_counts_as_alive():
    assert not holder.is_dead(name_of(os.getpid(), ""))
    assert not holder.is_dead(name_of(1, ""))
    assert holder.is_dead(name_of(2**22 + 1, ""))


@pytest.mark.parametrize("elsewhere", ["other-machine/1/1", "", "nonsense", "/", "other/not-a-number/"])
def test_of_another_machine_only_time_tells(elsewhere):
    assert not holder.is_dead(elsewhere)
