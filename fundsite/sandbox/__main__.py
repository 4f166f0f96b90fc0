"""Run a sandbox as a process of its own: `python -m fundsite.sandbox --port 8421 …`."""

import argparse
import sqlite3
import sys
from pathlib import Path

from fundsite.sandbox.app import SandboxServer
from fundsite.sandbox.config import SandboxConfig


def parser() -> argparse.ArgumentParser:
    reader = argparse.ArgumentParser(prog="python -m fundsite.sandbox", description="A local stand-in for Stripe.")
    reader.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    reader.add_argument("--port", type=int, default=8421, help="port to listen on; 0 takes a free one")
    reader.add_argument("--data", type=Path, help="file to keep everything in (default: memory)")
    reader.add_argument("--secret-key", required=True, help="the API key to accept, sk_test_…")
    reader.add_argument("--webhook-url", help="where to send events (default: nowhere)")
    reader.add_argument("--webhook-secret", required=True, help="what signs them, whsec_…; several with commas")
    reader.add_argument("--public-url", help="address of the payment page, if it is not where requests come to")
    reader.add_argument("--settle-after", type=float, default=1.0, help="seconds until a charge has its fee")
    reader.add_argument("--retry-first", type=float, default=1.0, help="seconds before a webhook is retried")
    reader.add_argument("--seed", type=int, help="make the dice of faults fall the same way each time")
    reader.add_argument("--requests-per-second", type=int, help="answer more than so many with 429 (default: all)")
    return reader


def main() -> None:
    given = vars(parser().parse_args())
    host, port = given.pop("host"), given.pop("port")
    try:
        server = SandboxServer(SandboxConfig(**given), host, port)
    except (OSError, sqlite3.Error) as error:
        sys.stderr.write(f"The sandbox cannot start on {host}:{port} with {given['data'] or 'memory'}: {error}\n")
        sys.exit(2)
    sys.stdout.write(f"sandbox: {server.url}\n")
    sys.stdout.flush()
    try:
        server.run()
    except KeyboardInterrupt:
        sys.stdout.write("sandbox: stopped\n")


if __name__ == "__main__":
    main()
