"""The document of the sandbox names each door and each fault."""

import re
from dataclasses import fields
from pathlib import Path

from fundsite.sandbox.admin import DOORS
from fundsite.sandbox.cards import BEHAVIOURS
from fundsite.sandbox.faults import ApiFault, WebhookFaults

DOCUMENT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_every_door_stands_in_the_document():
    for rule, method, _view in DOORS:
        named = re.sub(r"<\w+>", lambda match: "NAME" if match[0] == "<name>" else "ID", rule)
        line = "faults" if rule == "faults" else f"{method} {named}"
        assert f"`{line}`" in DOCUMENT or f"{line}`" in DOCUMENT, line


def test_every_fault_stands_in_the_document():
    for kind in (WebhookFaults, ApiFault):
        for field in fields(kind):
            assert re.search(rf"[`\"]{field.name}[`\"]", DOCUMENT), field.name


def test_every_card_that_does_more_than_succeed_stands_in_the_document():
    for number, behaviour in BEHAVIOURS.items():
        if behaviour != BEHAVIOURS["4242424242424242"]:
            assert number[-4:] in DOCUMENT, number
