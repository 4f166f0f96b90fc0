"""The application as a production server loads it."""

import os

from fundsite import settings
from fundsite.app import create_app
from fundsite.db import change_mark, db
from fundsite.orphans import end_with_parent
from fundsite.pagecache import PageCache

SERVER_NEEDS = {"PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "PYTHONPATH"}


def _forget_environment() -> None:
    """Drop the environment once it is read: the server copies it into every request, and secrets are in it."""
    for name in list(os.environ):
        if name not in SERVER_NEEDS:
            del os.environ[name]


app = create_app(settings.from_environment())
with app.app_context():
    application = PageCache(app, change_mark(db.engine))
end_with_parent()
_forget_environment()
