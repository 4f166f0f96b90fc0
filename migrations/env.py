"""Alembic's environment: one connection of the app's own engine, batch mode for SQLite."""

from alembic import context

from fundsite.db import WRITING, Base, db
from fundsite.models import ALL

assert ALL  # noqa: S101 - importing the models is what fills the metadata

with db.engine.connect().execution_options(**{WRITING: True}) as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
