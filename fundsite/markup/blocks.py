"""Blocks of a text: headings, lists, quotations, tables, paragraphs.

A block is a function that looks at the line where it might begin and returns the line after its end with the
element it makes, or None. A new convention (a card for an event, a gallery) is one more function in `BLOCKS`.
"""

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement

from fundsite.markup.lists import read_list
from fundsite.markup.page import Page
from fundsite.markup.tables import read_table

Found = tuple[int, Element | None] | None
Block = Callable[[list[str], int, Page], Found]

MAX_QUOTES = 4
LAST_HEADING = 6

_FENCE = re.compile(r" {0,3}(`{3,})[^`]*$")
_RULE = re.compile(r" {0,3}([-*_=])(?: {0,3}\1){2,}$")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \u3000]+(?=\S)(.*)$")
_QUOTE = re.compile(r" {0,3}> ?")
_NOTE = re.compile(r"\[\^([^\[\]\s]{1,40})\]: *(\S.*)$")


def read_blocks(lines: list[str], parent: Element, page: Page, depth: int = 0) -> None:
    """Append the blocks of `lines` to `parent`. Their words wait in `page.pending`."""
    paragraph: list[str] = []
    at = 0
    while at < len(lines):
        found = _block_at(lines, at, page, depth) if lines[at] else None
        if found or not lines[at]:
            _end_paragraph(paragraph, parent, page)
        else:
            paragraph.append(lines[at].strip(" "))
        if found and found[1] is not None:
            parent.append(found[1])
        at = found[0] if found else at + 1
    _end_paragraph(paragraph, parent, page)


def _block_at(lines: list[str], at: int, page: Page, depth: int) -> Found:
    for block in BLOCKS:
        if found := block(lines, at, page):
            return found
    return _read_quote(lines, at, page, depth)


def _end_paragraph(lines: list[str], parent: Element, page: Page) -> None:
    if lines:
        page.pending.append((SubElement(parent, "p"), "\n".join(lines)))
        lines.clear()


def _read_fence(lines: list[str], at: int, _page: Page) -> Found:
    fence = _FENCE.match(lines[at])
    if fence is None:
        return None
    end = at + 1
    while end < len(lines) and not _closes(lines[end], fence[1]):
        end += 1
    block = Element("pre")
    SubElement(block, "code").text = "\n".join(lines[at + 1 : end])
    return end + 1, block


def _closes(line: str, fence: str) -> bool:
    return line.startswith((fence, f" {fence}", f"  {fence}", f"   {fence}")) and not line.strip("` ")


def _read_rule(lines: list[str], at: int, _page: Page) -> Found:
    """Make a line of dashes a rule. It never turns the line above it into a heading."""
    return (at + 1, Element("hr")) if _RULE.match(lines[at]) else None


def _read_heading(lines: list[str], at: int, page: Page) -> Found:
    """Make a heading, one level down: the page owns the first. A hash without a space begins a hashtag."""
    match = _HEADING.match(lines[at])
    if match is None:
        return None
    heading = Element(f"h{min(len(match[1]) + 1, LAST_HEADING)}")
    words = match[2]
    without = words.rstrip("#")
    page.pending.append((heading, without.rstrip() if without.endswith((" ", "\u3000")) else words))
    return at + 1, heading


def _read_note(lines: list[str], at: int, page: Page) -> Found:
    """Keep a note for the end of the page. A second one under the same name is text like any other."""
    match = _NOTE.match(lines[at])
    if match is None or match[1] in page.notes:
        return None
    page.notes[match[1]] = match[2]
    return at + 1, None


def _read_quote(lines: list[str], at: int, page: Page, depth: int) -> Found:
    if depth >= MAX_QUOTES or not _QUOTE.match(lines[at]):
        return None
    end = at
    inner: list[str] = []
    while end < len(lines) and (mark := _QUOTE.match(lines[end])):
        inner.append(lines[end][mark.end() :])
        end += 1
    quote = Element("blockquote")
    read_blocks(inner, quote, page, depth + 1)
    return end, quote


BLOCKS: tuple[Block, ...] = (_read_fence, _read_rule, _read_heading, _read_note, read_table, read_list)
