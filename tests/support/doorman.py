"""A stand-in for the service that says whether a visitor is no program: one address, answers as a test wants them."""

import json
import threading
from urllib.parse import parse_qs

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from support.ports import free_port

SECRET = "secret-of-the-doorman"


class Doorman:
    """Knows each proof in `good`, once. `asked` is what it was asked; `says` replaces its answers.

    It answers nobody while `answers` is cleared.
    """

    def __init__(self):
        self.good, self.asked, self.says = set(), [], None
        self.answers = threading.Event()
        self.answers.set()

    def __enter__(self):
        self.server = make_server("127.0.0.1", free_port(), self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}/siteverify"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.answers.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _answer(self, environ, start_response):
        asked = parse_qs(Request(environ).get_data(as_text=True))
        self.asked.append(asked)
        self.answers.wait()
        status, body = self.says or (200, json.dumps(self.judged(asked)))
        return Response(body, status, content_type="application/json")(environ, start_response)

    def judged(self, asked):
        if asked["secret"] != [SECRET]:
            return {"success": False, "error-codes": ["invalid-input-secret"]}
        proof = asked.get("response", [""])[0]
        if not proof:
            return {"success": False, "error-codes": ["missing-input-response"]}
        if proof not in self.good:
            return {"success": False, "error-codes": ["timeout-or-duplicate"]}
        self.good.remove(proof)
        return {"success": True, "hostname": "localhost"}
