"""A process that loads the product once and forks the processes that tests run.

Each line of standard input is a request: `words`, `env`, `cwd` and `log` start a command in a process group of its own,
`pid` asks for an exit code. So a start costs a moment and not seconds, and a hundred kills can be walked.

What it forks can be told at which step to die. Every effect on the world is a step: a commit, a request to the payment
service, a mail handed over, an answer given. Each writes its name to `steps` in the folder KILL_CONTROL, where there is
such a file; when that is line number N and `armed` holds N, the whole process group is killed before the step is done.
"""

import json
import os
import signal
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path

import flask
import flask_mail
import sqlalchemy.orm

from fundsite.cli import main
from fundsite.payments import stripe_gateway
from fundsite.sandbox.__main__ import main as sandbox

PROGRAMS = {"fundsite": main, "fundsite.sandbox": sandbox}
WATCHED = {"pledges.confirm", "room.thanks", "room.give_up"}
LOCK = threading.Lock()
CONTROL = Path(os.devnull)


def step(name):
    steps, armed = CONTROL / "steps", CONTROL / "armed"
    with LOCK:
        if not steps.exists():  # nobody is walking
            return
        with steps.open("a") as log:
            log.write(f"{name}\n")
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


def answered(_app, response, *_):
    """Name the end of a request that somebody waits for."""
    endpoint = flask.request.endpoint
    # Stripe tells of many things at once; only what was applied has a place in the order of steps.
    applied = endpoint == "webhooks.stripe" and response.get_data() == b"applied\n"
    return f"answer {endpoint}" if applied or endpoint in WATCHED else ""


def nurse():
    """Answer each request in a line; once nobody asks any more, leave nothing running."""
    children = set()
    for line in sys.stdin:
        request = json.loads(line)
        answer = ended(request["pid"]) if "pid" in request else born(**request)
        if "pid" not in request:
            children.add(answer)
        elif answer is not None:
            children.discard(request["pid"])  # its number may now be another's
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()
    for pid in children:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def born(program, words, env, cwd, log):
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        with open(os.devnull) as nothing, open(log, "a") as out:  # noqa: PTH123 - this process ends without closing
            for stream, number in ((nothing, 0), (out, 1), (out, 2)):
                os.dup2(stream.fileno(), number)
            os._exit(run(program, words, env, cwd))
    with suppress(ProcessLookupError):
        os.setpgid(pid, pid)  # in both, as shells do: whoever is told the number can kill the group at once
    return pid


def run(program, words, env, cwd):
    """Run a program as its own process would, and return its exit code."""
    global CONTROL  # noqa: PLW0603 - the process is new, this is its start
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    CONTROL = Path(env["KILL_CONTROL"])
    sys.argv = [program, *words]
    try:
        PROGRAMS[program]()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(bool(left.code))
    except BaseException:  # noqa: BLE001 - whatever it is, it is this process's end
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
    return 0


def ended(pid):
    """Return a child's exit code as subprocess has it; None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


if __name__ == "__main__":
    before(sqlalchemy.orm.Session, "commit", lambda *_: "commit")
    before(stripe_gateway, "_asked", lambda call: f"stripe {call.__qualname__.split('.')[1]}")
    before(flask_mail.Connection, "send", lambda *_: "mail")
    before(flask.Flask, "process_response", answered)
    nurse()
