"""The documents name every command, every setting and every package, so that none can be added in silence."""

import re
import tomllib
from pathlib import Path

import pytest

from fundsite.cli import cli
from fundsite.pledges.lifecycle import MOVES

ROOT = Path(__file__).parent.parent


def read(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_a_heading_in_the_interface(name):
    assert f"### `fundsite {name}`" in read("interface.md")


def test_every_setting_stands_in_the_table_of_settings():
    source = (ROOT / "fundsite" / "settings.py").read_text(encoding="utf-8")
    asked = set(re.findall(r'env\.\w+\("([A-Z_]+)"', source)) | set(re.findall(r'_one_of\(env, "([A-Z_]+)"', source))
    assert len(asked) > 10
    missing = [name for name in asked if f"`{name}`" not in read("operating.md")]
    assert missing == []


def test_every_package_earns_its_line():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = {re.split(r"[\[<>=; ]", line)[0] for line in project["dependencies"]}
    told = read("dependencies.md").lower()
    assert [name for name in packages if name.lower() not in told] == []


def test_the_readme_names_only_files_that_exist():
    named = re.findall(r"\]\(((?:docs|examples)/[^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_diagram_of_a_pledges_life_is_its_table():
    drawn = re.findall(r"^    (\w+) --> (\w+): ", read("architecture.md"), re.MULTILINE)
    assert sorted(drawn) == sorted(MOVES)
