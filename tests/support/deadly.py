"""The `fundsite` command, under a launcher that can be told at which step to die.

Every effect on the world is a step: a commit, a request to the payment service, a mail handed over, an answer given.
Each writes its name to `steps` in the folder KILL_CONTROL; when that is line number N and `armed` holds N, the whole
process group is killed before the step is done. A server's worker is spawned anew and loads this file again, so
nothing but importing it is needed there.
"""

import os
import signal
import threading
from pathlib import Path

import flask
import flask_mail
import sqlalchemy.orm

from fundsite.cli import main
from fundsite.payments import stripe_gateway

CONTROL = Path(os.environ["KILL_CONTROL"])
WATCHED = {"pledges.confirm", "room.thanks", "room.give_up"}
LOCK = threading.Lock()


def step(name):
    with LOCK:
        steps = CONTROL / "steps"
        if not steps.exists():  # nobody is walking
            return
        with steps.open("a") as log:
            log.write(f"{name}\n")
        armed = CONTROL / "armed"
        if armed.exists() and armed.read_text() == str(len(steps.read_text().splitlines())):
            armed.unlink()
            os.killpg(0, signal.SIGKILL)


def before(owner, attribute, name_of):
    """Make a step of each call of a function, before it is made."""
    real = getattr(owner, attribute)

    def stepped(*args, **kwargs):
        name = name_of(*args)
        if name:
            step(name)
        return real(*args, **kwargs)

    setattr(owner, attribute, stepped)


def answered(app, response, *_):
    """Name the end of a request that somebody waits for."""
    endpoint = flask.request.endpoint
    # Stripe tells of many things at once; only what was applied has a place in the order of steps.
    applied = endpoint == "webhooks.stripe" and response.get_data() == b"applied\n"
    return f"answer {endpoint}" if applied or endpoint in WATCHED else ""


before(sqlalchemy.orm.Session, "commit", lambda *_: "commit")
before(stripe_gateway, "_asked", lambda call: f"stripe {call.__qualname__.split('.')[1]}")
before(flask_mail.Connection, "send", lambda *_: "mail")
before(flask.Flask, "process_response", answered)

if __name__ == "__main__":
    main()
