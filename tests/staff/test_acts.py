"""The audit log's acts have words."""

import ast
from pathlib import Path

import fundsite
from fundsite.campaigns.sections import SECTIONS
from fundsite.staff.acts import action_label

PACKAGE = Path(fundsite.__file__).parent
WRITING = {"record", "note_change"}


def acts_in_the_source():
    """Yield each act that is written down by its name."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if getattr(called, "attr", getattr(called, "id", "")) in WRITING:
                yield from (one.value for one in node.args if isinstance(one, ast.Constant) and "." in str(one.value))


def test_each_act_that_is_written_down_has_words(site):
    acts = {*acts_in_the_source(), *(f"campaign.{name}" for name in SECTIONS)}
    assert len(acts) > 50
    with site.app.test_request_context("/staff/"):
        assert [act for act in sorted(acts) if action_label(act) == act] == []
