"""Write docs/roles.md: who may call what, as the app declares it. `python docs/roles.py`; a test holds it true."""

from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from fundsite.access import PUBLIC, ROLES
from fundsite.app import create_app
from fundsite.settings import from_environment

PAGE = Path(__file__).with_name("roles.md")
HEAD = """# Who may call what

Made by `python docs/roles.py` from what each view declares (`@public`, `@for_roles(...)`). A test holds it true and
tries every line with every role. *Nobody* is a visitor who is not signed in: a line without a mark there leads them
to the sign-in page. Every other line without a mark answers 403.

| address | methods | nobody | {roles} |
|---|---|---|{lines}|
"""


def routes(app: Flask) -> list[Rule]:
    """Return the app's routes by address; files of `static/` are everybody's."""
    return sorted((rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"), key=_order)


def _order(rule: Rule) -> tuple[str, tuple[str, ...]]:
    return rule.rule, methods(rule)


def methods(rule: Rule) -> tuple[str, ...]:
    """Return the methods that a view was written for."""
    return tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def may(app: Flask, rule: Rule, who: str | None) -> bool:
    """Whether a role (None: nobody) may call a route."""
    access = getattr(app.view_functions[rule.endpoint], "access", ())
    return access == PUBLIC or (who is not None and who in access)


def table(app: Flask) -> str:
    """Return the whole page."""
    lines = [HEAD.format(roles=" | ".join(ROLES), lines="|".join("---" for _ in ROLES))]
    for rule in routes(app):
        marks = " | ".join("○" if may(app, rule, who) else "" for who in (None, *ROLES))
        lines.append(f"| `{rule.rule}` | {' '.join(methods(rule))} | {marks} |\n")
    return "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(table(create_app(from_environment())), encoding="utf-8")
    print(f"wrote {PAGE.name}")
