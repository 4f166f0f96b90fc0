"""How long the heaviest texts take to render, beside a plain text of the same length."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fundsite.markup import to_html
from support.heavy import HEAVY, HOSTILE

PLAIN = ("ひとりで夜を過ごす子どもたちに、夕ごはんと灯りのある家を。" * 4 + "\n\n") * 1_800
TRIES = 3


def seconds(text: str) -> float:
    """Return the processor time of the quickest of a few tries."""
    best = float("inf")
    for _try in range(TRIES):
        start = time.process_time()
        to_html(text)
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Print each text's time for a character, as a ratio to the plain text's."""
    raw = seconds(PLAIN) / len(PLAIN)
    print(f"plain text of {len(PLAIN):,} characters: {raw * len(PLAIN):.2f} s")
    ratios = {name: seconds(text) / len(text) / raw for name, text in (HOSTILE | HEAVY).items()}
    for name, ratio in sorted(ratios.items(), key=lambda row: -row[1]):
        print(f"  {name}: {ratio:.1f}")


main()
