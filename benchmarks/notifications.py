"""Telling ten thousand readers of a report while the worker is killed five times, beside bare smtplib.

Prints how many mails a second leave, as a ratio to what smtplib alone hands to the same server in the same run, and
stops with an error unless each reader got exactly one mail. `--readers 1000` for a smaller crowd.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tests")]

from support.crowd import Crowd  # noqa: E402 - found beside the tests
from support.databases import SQLite  # noqa: E402
from support.sink import Sink  # noqa: E402

LETTER = (HERE.parent / "README.md").read_bytes()[:6_000]  # about as long as a notification


def bare(readers: int) -> float:
    """Return how many ready-made mails a second smtplib hands over on one connection."""
    program = (
        "import smtplib, sys\n"
        "port, count = map(int, sys.argv[1:])\n"
        "letter = sys.stdin.buffer.read()\n"
        "server = smtplib.SMTP('127.0.0.1', port)\n"
        "for number in range(count):\n"
        "    head = b'Message-ID: <%d@localhost>\\r\\nSubject: x\\r\\n\\r\\n' % number\n"
        "    server.sendmail('a@example.jp', [f'b{number}@example.jp'], head + letter)\n"
        "server.quit()\n"
    )
    with Sink() as sink:
        begun = time.monotonic()
        words = [sys.executable, "-c", program, str(sink.port), str(readers)]
        subprocess.run(words, input=LETTER, check=True)
        return readers / (time.monotonic() - begun)


def ours(readers: int, kills: int, folder: Path) -> float:
    """Return how many notifications a second leave; stop if anybody got none or two."""
    with SQLite(folder) as server, server.fresh() as database, Sink() as sink:
        crowd = Crowd(database.url, folder, sink, readers)
        if crowd.begin() != readers:
            sys.exit("not everybody was to be told")
        begun = time.monotonic()
        crowd.tell(kills)
        seconds = time.monotonic() - begun
        if (crowd.told(), crowd.statuses()) != ((readers, 1), {"sent"}):
            sys.exit(f"told {crowd.told()}, left {crowd.statuses()}")
        crowd.site.close()
    return readers / seconds


def main() -> None:
    """Measure both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=5)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rate = ours(wanted.readers, wanted.kills, Path(name))
    raw = bare(wanted.readers)
    print(f"{wanted.readers:,} readers told once each, the worker killed {wanted.kills} times: {rate:,.0f}/s")
    print(f"  of smtplib alone ({raw:,.0f}/s): {rate / raw:.3f}")


main()
