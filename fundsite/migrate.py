"""Migrations: numbered chapters, run by Alembic with the app's own engine."""

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from fundsite.db import db
from fundsite.paths import shipped


def config() -> Config:
    """Return Alembic's configuration for this site."""
    found = Config()
    found.set_main_option("script_location", str(shipped("migrations")))
    return found


def pending_migrations() -> list[str]:
    """Name the migrations that this database has not seen, oldest first."""
    script = ScriptDirectory.from_config(config())
    with db.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    revisions = script.iterate_revisions(script.get_current_head(), present or "base")
    return [revision.revision for revision in revisions][::-1]
