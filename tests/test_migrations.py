"""Migrations bring an empty database to exactly what the models say, and back."""

import re

import pytest
from alembic import command as alembic
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text

from fundsite.campaigns.models import NextGoal
from fundsite.db import Base, db, transaction
from fundsite.migrate import config, pending_migrations
from fundsite.site import Site
from support.databases import on_sqlite


def differences_from_models(site):
    with site.inside(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, Base.metadata)


def test_a_migrated_database_is_what_the_models_say(site):
    assert differences_from_models(site) == []
    with site.inside():
        assert pending_migrations() == []


def test_down_to_nothing_and_up_again_leaves_the_same(site):
    with site.inside():
        alembic.downgrade(config(), "base")
        assert pending_migrations() != []
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
        alembic.upgrade(config(), "head")
        assert pending_migrations() == []
    assert differences_from_models(site) == []


def named_checks(site):
    """Return the CHECK constraints that stand in the database, by name."""
    with site.inside(), db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            return set(connection.scalars(text("SELECT conname FROM pg_constraint WHERE contype = 'c'")))
        tables = connection.scalars(text("SELECT sql FROM sqlite_master WHERE type = 'table'")).all()
    return {name for sql in tables for name in re.findall(r"CONSTRAINT \"?(\w+)\"? CHECK", sql)}


def test_every_check_of_the_models_stands_in_the_database(site):
    """Alembic does not compare them, so a forgotten one would go unseen."""
    wanted = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert len(wanted) > 20
    assert wanted <= named_checks(site)


def test_whoever_writes_has_the_one_transaction(site):
    with site.inside(), transaction(), pytest.raises(RuntimeError, match="already open"), transaction():
        pass


def test_a_failed_transaction_leaves_nothing(site):
    with site.inside():
        with pytest.raises(ZeroDivisionError), transaction() as session:
            session.add(Site(name="x"))
            session.flush()
            raise ZeroDivisionError
        assert db.session.get(Site, 1) is None


@on_sqlite
def test_a_table_that_is_made_anew_takes_no_rows_of_others_along(site, make):
    """SQLite deletes a dropped table's rows, and by cascade those that refer to them, unless keys rest meanwhile."""
    campaign = make.campaign()
    with site.inside(), transaction() as session:
        session.add(NextGoal(campaign_id=campaign.id, amount=6_000_000, title="次へ"))
    make.paid(campaign, make.reward(campaign))
    with site.inside():
        alembic.downgrade(config(), "-1")
        alembic.upgrade(config(), "head")
        assert db.session.scalar(text("SELECT COUNT(*) FROM next_goal")) == 1
        assert db.session.scalar(text("SELECT COUNT(*) FROM pledge_event")) == 2
        db.session.rollback()
        assert db.session.scalar(text("PRAGMA foreign_keys")) == 1
