"""The example site with the demo's history, loaded once for each kind of database."""

from alembic import command as alembic

from fundsite.app import create_app
from fundsite.content.load import apply_content
from fundsite.content.read import read_site
from fundsite.db import db
from fundsite.demo.history import days_since, make_history, moved_to_today
from fundsite.migrate import config
from fundsite.paths import shipped
from support.site import TestSite


def load_demo(url, media):
    """Fill an empty database as `fundsite demo` does."""
    settings = TestSite.settings(url, "http://127.0.0.1:9", 9, media)
    with create_app(settings).app_context():
        alembic.upgrade(config(), "head")
        material = shipped("examples") / "demo.toml"
        site = read_site(shipped("examples") / "site", settings.timezone)
        apply_content(moved_to_today(site, days_since(material)))
        make_history(material)
        db.session.remove()
        db.engine.dispose()
