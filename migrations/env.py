"""Alembic's environment: one connection of the app's own engine, batch mode for SQLite."""

from alembic import context
from sqlalchemy import Connection

from fundsite.db import WRITING, Base, db
from fundsite.models import ALL

assert ALL  # noqa: S101 - importing the models is what fills the metadata


def _foreign_keys(connection: Connection, state: str) -> None:
    """Switch them on SQLite, where a changed table is made anew: dropping the old one takes no other rows along."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA foreign_keys={state}")
        broken = cursor.execute("PRAGMA foreign_key_check").fetchall()
        cursor.close()
        if broken:
            raise RuntimeError(f"rows refer to rows that are not there: {broken[:5]}")


with db.engine.connect().execution_options(**{WRITING: True}) as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=True,
    )
    _foreign_keys(connection, "OFF")
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        _foreign_keys(connection, "ON")
