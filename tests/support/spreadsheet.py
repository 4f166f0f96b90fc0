"""A real LibreOffice, as a person has it: opens a file and says what stands in each cell."""

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

HOW_TO_GET = "apt-get install libreoffice-calc, or set SOFFICE to the program of one"
SECONDS = 180
# Comma, double quote, the encoding's number, from line 1, no column formats, Japanese, quoted is text, no guesses.
CSV_IMPORT = "44,34,{encoding},1,,1041,true,false"
ENCODINGS = {"utf-8-sig": 76, "utf-8": 76, "cp932": 64}
SHEET = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def program():
    """Return the path of LibreOffice, or None."""
    named = os.environ.get("SOFFICE")
    if named and Path(named).exists():
        return named
    return next(filter(None, map(shutil.which, ("soffice", "libreoffice"))), None)


def opened(path, folder, encoding=None):
    """Open a file in LibreOffice; return its rows, in which a number is an int, a formula a tuple, all else text."""
    how = [f"--infilter=CSV:{CSV_IMPORT.format(encoding=ENCODINGS[encoding])}"] if encoding else []
    command = [program(), f"-env:UserInstallation=file://{folder / 'profile'}", "--headless", *how]
    command += ["--convert-to", "ods", "--outdir", str(folder / "opened"), str(path)]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    made = folder / "opened" / f"{path.stem}.ods"
    assert made.exists(), done.stderr.decode()
    with zipfile.ZipFile(made) as book, book.open("content.xml") as content:
        return [row for element in ET.parse(content).iter(f"{SHEET}table-row") for row in _rows(element)]  # noqa: S314 - LibreOffice's own


def _rows(element):
    cells = []
    for cell in element:
        if cell.tag in {f"{SHEET}table-cell", f"{SHEET}covered-table-cell"}:
            cells += [_value(cell)] * int(cell.get(f"{SHEET}number-columns-repeated", "1"))
    while cells and cells[-1] == "":
        cells.pop()
    if cells:
        yield cells


def _value(cell):
    if cell.get(f"{SHEET}formula"):
        return (cell.get(f"{SHEET}formula"),)
    if cell.get(f"{OFFICE}value-type") == "float":
        return int(float(cell.get(f"{OFFICE}value")))
    kind = cell.get(f"{OFFICE}value-type")
    assert kind in {None, "string"}, f"{kind}: {''.join(cell.itertext())}"
    return "\n".join(_text(part) for part in cell.iter(f"{TEXT}p"))


def _text(element):
    """Return a paragraph; runs of spaces and tabs are elements there."""
    said = element.text or ""
    for part in element:
        if part.tag == f"{TEXT}s":
            said += " " * int(part.get(f"{TEXT}c", "1"))
        elif part.tag == f"{TEXT}tab":
            said += "\t"
        elif part.tag == f"{TEXT}line-break":
            said += "\n"
        else:
            said += _text(part)
        said += part.tail or ""
    return re.sub(r"(?<!\n) +$", lambda run: run[0], said)
