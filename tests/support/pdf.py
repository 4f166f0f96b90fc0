"""What a person finds in a PDF file: its words as another program copies them out, its fonts."""

import shutil
import subprocess

from support.lacking import lacking

HOW_TO_GET = "apt-get install poppler-utils"


def _asked(program, data, *options):
    if shutil.which(program) is None:
        lacking(program, HOW_TO_GET)
    done = subprocess.run([program, *options], input=data, capture_output=True, check=True)
    return done.stdout.decode()


def words_of(data, *options):
    """Return the text of a PDF file, in the order in which it stands on the paper."""
    return _asked("pdftotext", data, "-layout", *options, "-", "-")


def pages_of(data):
    """Return the text of each page."""
    return words_of(data).removesuffix("\f").split("\f")


def fonts_of(data):
    """Return a row of words for each font: name, type, encoding, embedded, subset, with a map to Unicode."""
    return [line.split() for line in _asked("pdffonts", data, "-").splitlines()[2:]]
