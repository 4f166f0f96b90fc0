"""The API over HTTP: admission, faults, idempotency, checks, the act itself and its reply, in this order."""

import hashlib
import json
import re
import socket
import time
from functools import partial
from typing import Any

from flask import Flask, Response, current_app, g, request

from fundsite.sandbox import jobs
from fundsite.sandbox.catalogue import API_VERSION, JSON, PARAMS
from fundsite.sandbox.check import checked
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.endpoints import HANDLERS, Handler
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.expand import expanded
from fundsite.sandbox.faults import ApiFault
from fundsite.sandbox.forms import nested
from fundsite.sandbox.gate import Pace, admit
from fundsite.sandbox.idempotency import Reply, claimed, keep, recall
from fundsite.sandbox.ids import new_id

NO_FAULT = ApiFault(match="")
METHODS = ["GET", "POST", "DELETE", "PUT", "PATCH"]
CODES = {402: ("card_error", "card_declined"), 409: ("invalid_request_error", "lock_timeout")}
CODES |= {429: ("invalid_request_error", "rate_limit")}
KEPT_FROM = 500  # a fault below this is met before the endpoint begins, and is not remembered


def register(app: Flask, box: Sandbox) -> None:
    """Add every endpoint to the application, and Stripe's refusal of all other addresses."""
    app.extensions["sandbox.pace"] = Pace(box.config.requests_per_second)
    for name, handler in HANDLERS.items():
        method, path = name.split()
        rule = re.sub(r"{(\w+)}", r"<\1>", path)
        app.add_url_rule(rule, name, partial(_answer, box, name, handler), methods=[method])
    app.add_url_rule("/v1/<path:_rest>", "unknown", partial(_answer, box, "", _unknown), methods=METHODS)


def _unknown(_box: Sandbox, _params: JSON, _id: str) -> JSON:
    message = f"Unrecognized request URL ({request.method}: {request.path})."
    raise StripeError(404, f"{message} If you are trying to list objects, remove the trailing slash.")


def _answer(box: Sandbox, name: str, handler: Handler, **address: str) -> Response:
    g.request_id = new_id("req")
    fault = NO_FAULT
    try:
        admit(box, request)
        current_app.extensions["sandbox.pace"].keep()
        fault = box.faults.strike(request.method, request.path) or NO_FAULT
        if fault.drop_request:
            return _dropped()
        reply = _once(box, fault, partial(_act, box, name, handler, address))
    except StripeError as error:
        reply = _refusal(error)
    _pause(fault.delay_after_act_seconds)
    return _dropped() if fault.drop_reply_after_act else _response(reply, fault)


def _pause(seconds: float) -> None:
    if seconds:  # a pause of nothing still lets every other thread go first
        time.sleep(seconds)


def _once(box: Sandbox, fault: ApiFault, act: Any) -> Reply:
    """Answer a POST that carries a key as it was answered the first time; act otherwise."""
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    g.idempotency_key = key
    print_of = _fingerprint()
    with claimed(box, key):
        _pause(fault.delay_seconds)
        replay = recall(box, key, print_of)
        if replay:
            return replay
        with box.store.transaction():
            reply = act() if fault.after_act or not fault.status else _broken(fault)
            reply = _broken(fault) if fault.after_act and fault.status else reply
            kept = reply.status >= KEPT_FROM or not fault.status
            return keep(box, key if kept else None, print_of, reply, g.request_id)


def _act(box: Sandbox, name: str, handler: Handler, address: dict[str, str]) -> Reply:
    """Do what is asked. Refusals that come after the endpoint has begun are replies like any other."""
    given = nested([*request.args.items(multi=True), *request.form.items(multi=True)])
    params = checked(PARAMS.get(name, {"p": {key: {"t": "str"} for key in given}}), given)
    paths = params.pop("expand", [])
    try:
        jobs.run_due(box)
        body = handler(box, params, next(iter(address.values()), ""))
        return Reply(200, json.dumps(expanded(box, body, paths), ensure_ascii=False))
    except StripeError as error:
        if not error.kept:
            raise
        return _refusal(error)


def _refusal(error: StripeError) -> Reply:
    return Reply(error.status, json.dumps(error.body(g.request_id), indent=2, ensure_ascii=False))


def _broken(fault: ApiFault) -> Reply:
    """Answer as a fault has it, in the shape that Stripe gives such a status."""
    status = fault.status or 500
    kind, code = CODES.get(status, ("api_error" if status >= KEPT_FROM else "invalid_request_error", None))
    message = "An unknown error occurred." if status >= KEPT_FROM else "The request could not be done now."
    return _refusal(StripeError(status, message, kind=kind, code=fault.code or code))


def _fingerprint() -> str:
    """Tell two requests apart by what they ask; the order in which parameters stand does not matter."""
    pairs = sorted([*request.args.items(multi=True), *request.form.items(multi=True)])
    return hashlib.sha256(json.dumps([request.method, request.path, pairs]).encode()).hexdigest()


def _response(reply: Reply, fault: ApiFault) -> Response:
    response = Response(reply.body, reply.status, content_type="application/json")
    response.headers["Request-Id"] = g.request_id
    response.headers["Stripe-Version"] = API_VERSION
    response.headers["Cache-Control"] = "no-cache, no-store"
    if g.get("idempotency_key"):
        response.headers["Idempotency-Key"] = g.idempotency_key.encode("ascii", "replace").decode()
        response.headers["Original-Request"] = reply.replay_of or g.request_id
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    if fault.should_retry is not None:
        response.headers["Stripe-Should-Retry"] = str(fault.should_retry).lower()
    if reply.replay_of:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _dropped() -> Response:
    """Close the connection without a word, as a network does."""
    wire = request.environ.get("werkzeug.socket")
    if isinstance(wire, socket.socket):
        wire.shutdown(socket.SHUT_RDWR)
    return Response(status=500)
