"""The database: one session per unit of work, and one way to write.

SQLite is the embedded default and PostgreSQL the database of a larger site; the same statements run on both.
"""

import importlib
import importlib.util
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Engine, MetaData, Text, TypeDecorator, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 30
WRITING = "fundsite_writing"


class Moment(TypeDecorator[datetime]):
    """A point in time: aware and UTC in Python, UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a time without a zone; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return UTC, also where the database forgot the zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Money = Annotated[int, mapped_column(BigInteger)]  # in the currency's minor unit
JsonObject = dict[str, Any]
JsonRows = list[dict[str, Any]]


class Base(DeclarativeBase):
    """What every table is."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        datetime: Moment,
        JsonObject: JSON(none_as_null=True),
        JsonRows: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
    }


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False, "autoflush": False})


def engine_options(url: str) -> dict[str, Any]:
    """Return what the engine needs: on SQLite a recent library where there is one (Debian's has the WAL-reset bug)."""
    if not url.startswith("sqlite"):
        return {"pool_pre_ping": True}
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}}
    if importlib.util.find_spec("pysqlite3"):
        options["module"] = importlib.import_module("pysqlite3")
    return options


def prepare_engine(engine: Engine) -> None:
    """On SQLite: WAL, foreign keys, full fsync (money wants it), and transactions that begin when we say so."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def connected(connection: "DBAPIConnection", _: "ConnectionPoolEntry") -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: "Connection") -> None:
        writing = connection.get_execution_options().get(WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def change_mark(engine: Engine) -> Callable[[], object]:
    """Return what tells whether anything was committed: a call whose answer differs once something was.

    On SQLite the answer is exact and costs microseconds; on PostgreSQL it is asked for at most every tenth of a second.
    When the database cannot be asked, the answer differs each time.
    """
    return _SQLiteMark(engine) if engine.dialect.name == "sqlite" else _PostgreSQLMark(engine)


class _SQLiteMark:
    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self._cursor: DBAPICursor | None = None

    def __call__(self) -> object:
        with self._lock:
            if self._cursor is None:
                connection = self._engine.raw_connection()
                connection.detach()
                self._cursor = connection.cursor()
            self._cursor.execute("PRAGMA data_version")
            return self._cursor.fetchone()


class _PostgreSQLMark:
    INTERVAL = 0.1

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self._asked_at, self._answer = -self.INTERVAL, object()

    def __call__(self) -> object:
        with self._lock:
            if time.monotonic() - self._asked_at >= self.INTERVAL:
                self._asked_at = time.monotonic()
                self._answer = self._ask()
            return self._answer

    def _ask(self) -> object:
        try:
            with self._engine.connect() as connection:
                return connection.scalar(text("SELECT pg_current_snapshot()::text"))
        except SQLAlchemyError:
            return object()


def only_where(condition: str) -> dict[str, Any]:
    """Say for both databases which rows an index holds."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the one transaction in which a service writes; commit at the end, roll back on any error.

    Whatever was read before is forgotten, so that decisions rest on rows read under the lock. Never
    nested, and never open while Stripe, SMTP or a disk of pictures is being talked to.
    """
    session: Session = db.session()
    if session.info.get(WRITING):
        raise RuntimeError("a transaction is already open")
    session.rollback()
    session.expire_all()
    session.info[WRITING] = True
    try:
        session.connection(execution_options={WRITING: True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(WRITING, None)


def release() -> None:
    """Give the connection back before something slow is talked to; loaded rows stay readable."""
    session: Session = db.session()
    if session.info.get(WRITING):
        raise RuntimeError("a transaction is open")
    session.expunge_all()
    session.rollback()


def inserting(session: Session, table: type[DeclarativeBase]) -> "sqlite.Insert | postgresql.Insert":
    """Return an INSERT that can pass over what is there already, in the words of the session's database."""
    return sqlite.insert(table) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(table)


def insert_once(session: Session, table: type[DeclarativeBase], **values: object) -> None:
    """Write a row unless one of its unique values is there already, also where another writes it at this moment."""
    session.execute(inserting(session, table).values(**values).on_conflict_do_nothing())


def month_start(value: str) -> date:
    """Turn "2027-05" into the first of that month; ValueError for anything else."""
    return datetime.strptime(value, "%Y-%m").replace(tzinfo=UTC).date()
