"""Text pasted from Word, a web page or a PDF, as clean Markdown: headings, lists, links and bold; nothing else."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from fundsite.markup.pasted_text import link_to, link_words
from fundsite.markup.prose import clean

_DROPPED = {"head", "iframe", "math", "noscript", "object", "script", "select", "style", "svg", "template", "title"}
_BREAKING = {
    *("address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "figcaption", "figure", "footer"),
    *("form", "header", "hr", "main", "nav", "p", "pre", "section", "table", "tbody", "thead", "tr"),
}
_HEADINGS = {f"h{level}": f"{'#' * level} " for level in range(1, 7)}
_LEVELS = 3  # of headings that a letter needs
_BOLD = {"b", "strong"}
_LIGHT = re.compile(r"font-weight\s*:\s*(?:normal|[1-4]00)", re.IGNORECASE)
_HEAVY = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_WORD_ITEM = re.compile(r"mso-list\s*:\s*(?!none|ignore)\S", re.IGNORECASE)
_WORD_LEVEL = re.compile(r"mso-list\s*:[^;]*\blevel([1-9])", re.IGNORECASE)
_BULLET = re.compile(
    r"^[ \u00a0\u3000]*(?:(?P<number>[(（]?[0-9０-９]{1,3}[.．)）])|[·•●○◦▪■□§ü・\-–oØ])[ \u00a0\u3000]+"
)
_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"]{1,2000}$", re.IGNORECASE)
_WHITE = re.compile(r"[ \t\r\n\u00a0]+")
_EMPTY = re.compile(r"\n{3,}")
_CONDITION = re.compile(r"<!\[[^<>]{0,200}>?")  # Word's `<![if …]>`; the parser trips over one that is cut off
_SIGNS = re.compile(r"([*_`])")
_UNREPAIRED = re.compile("[\u2e80-\u2fdf\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")
_FRONT_MATTER = re.compile(
    r"^\+\+\+[ \t]*\n(?:[ \t]*(?:#.*|\[.*\]|[\"\w.-]+[ \t]*=.*|[\"'].*|\],?)?\n){0,60}?\+\+\+[ \t]*(?:\n|$)",
    re.MULTILINE,
)
_RULE_OF_PLUSES = re.compile(r"^\+\+\+[ \t]*(?:\n|$)", re.MULTILINE)


def without_front_matter(text: str) -> str:
    """Return a text without the settings between two +++ lines that a copied file brings along."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return _RULE_OF_PLUSES.sub("", _FRONT_MATTER.sub("", plain)).strip("\n") if "+++" in plain else plain


def unrepaired(text: str) -> list[str]:
    """Return the signs for which nobody can say what was meant: rare radicals, private characters, lost ones."""
    return sorted(set(_UNREPAIRED.findall(text)))


def marked(text: str) -> str:
    """Return a text in which those signs stand out when it is rendered."""
    return _UNREPAIRED.sub(lambda found: f"<mark>{found[0]}</mark>", text)


def to_markdown(html: str) -> str:
    """Return what pasted HTML says, as Markdown with look-alikes repaired. Never fails, whatever is pasted."""
    reader = _Reader()
    reader.feed(_CONDITION.sub("", html))
    reader.close()
    reader.end_block()
    reader.level_headings()
    reader.keep_inner_links()
    return without_front_matter(clean(_EMPTY.sub("\n\n", "\n".join(reader.lines)))).strip()


def _is_word_item(values: dict[str, str]) -> bool:
    return bool(_WORD_ITEM.search(values.get("style", ""))) or "MsoListParagraph" in values.get("class", "")


@dataclass
class _List:
    ordered: bool
    count: int = 0


@dataclass
class _Reader(HTMLParser):
    """Reads HTML into blocks of Markdown."""

    lines: list[str] = field(default_factory=list)
    words: str = ""
    prefix: str = ""
    lists: list[_List] = field(default_factory=list)
    open_marks: list[tuple[str, bool]] = field(default_factory=list)
    link: str = ""
    link_from: int = 0
    dropped: int = 0
    word_bullet: bool = False
    headings: dict[int, tuple[int, str]] = field(default_factory=dict)  # by line: level and words
    inner: set[tuple[str, str]] = field(default_factory=set)  # links into a page: their words, and as written down

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        values = {name: value or "" for name, value in attrs}
        if tag in _DROPPED:
            self.dropped += 1
        elif tag in _HEADINGS:
            self._begin(_HEADINGS[tag])
        elif tag in {"ul", "ol"}:
            self.end_block()
            self.lists.append(_List(tag == "ol"))
        elif tag == "li":
            self._begin_item()
        elif tag == "br":
            self.words += "\n"
        elif tag == "td":
            self.words += " "
        elif tag == "p" and _is_word_item(values):
            level = _WORD_LEVEL.search(values.get("style", ""))
            self._begin("    " * (int(level[1]) - 1 if level else 0) + "- ")
            self.word_bullet = True
        elif tag in _BREAKING:
            self._begin(self.prefix if self.prefix and not self.words.strip() else "")
        elif tag == "a":
            self.link = values.get("href", "").strip() if _LINK.match(values.get("href", "").strip()) else ""
            self.link_from = len(self.words)
        else:
            self._mark(tag, values.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if tag in _DROPPED:
            self.dropped = max(self.dropped - 1, 0)
        elif tag in _HEADINGS or tag in _BREAKING or tag == "li":
            self.end_block()
        elif tag in {"ul", "ol"}:
            self.end_block()
            self.lists = self.lists[:-1]
            if not self.lists:
                self.lines.append("")
        elif tag == "a":
            self._end_link()
        elif any(name == tag for name, _ in self.open_marks):
            while self.open_marks:
                name, heavy = self.open_marks.pop()
                if heavy:
                    self._stars()
                if name == tag:
                    break

    def handle_data(self, data: str) -> None:
        """Take words."""
        if self.dropped:
            return
        plain = _WHITE.sub(" ", data)
        self.words += plain if self.words and not self.words.endswith(("\n", " ")) else plain.lstrip(" ")

    def _mark(self, tag: str, style: str) -> None:
        heavy = (tag in _BOLD and not _LIGHT.search(style)) or (tag == "span" and bool(_HEAVY.search(style)))
        if tag in _BOLD or tag == "span":
            already = any(found for _, found in self.open_marks)
            self.open_marks.append((tag, heavy and not already and not self.prefix.startswith("#")))
            if self.open_marks[-1][1]:
                self._stars()

    def _stars(self) -> None:
        """Write two stars, with no space between them and the words that they hold."""
        if self.words.endswith("**"):
            self.words = self.words[:-2]
        elif self.words.endswith(" ") and self.words.count("**") % 2:
            self.words = self.words.rstrip(" ") + "** "
        else:
            self.words += "**"

    def _end_link(self) -> None:
        said = self.words[self.link_from :].strip()
        if self.link and said:
            bare = said in {self.link, self.link.removeprefix("mailto:")}
            made = said if bare else f"[{link_words(said)}]({self.link})"
            if "#" in self.link and not bare:
                self.inner.add((said, made))
            self.words = self.words[: self.link_from] + made
        self.link = ""

    def _begin(self, prefix: str) -> None:
        self.end_block()
        self.prefix = prefix

    def _begin_item(self) -> None:
        self.end_block()
        found = self.lists[-1] if self.lists else _List(ordered=False)
        found.count += 1
        self.prefix = "    " * max(len(self.lists) - 1, 0) + (f"{found.count}. " if found.ordered else "- ")

    def end_block(self) -> None:
        """Write down the block that is open."""
        self._end_link()
        if any(heavy for _, heavy in self.open_marks):
            self._stars()
            self.open_marks = [(name, False) for name, _ in self.open_marks]
        said = "\n".join(line.strip(" ") for line in self.words.strip().split("\n"))
        prefix = self.prefix
        if self.word_bullet and (bullet := _BULLET.match(said)):
            said = said[bullet.end() :]
            prefix = prefix.replace("- ", "1. ") if bullet["number"] else prefix
        if said.strip("* "):
            in_list = prefix.strip().endswith(("-", ".")) and bool(prefix)
            if not in_list and self.lines and self.lines[-1]:
                self.lines.append("")
            if prefix.startswith("#"):
                self.headings[len(self.lines)] = (len(prefix) - 1, said.replace("\n", " "))
            self.lines.append(prefix + (said.replace("\n", " ") if prefix else said))
            if not in_list:
                self.lines.append("")
        self.words, self.prefix, self.word_bullet = "", "", False

    def level_headings(self) -> None:
        """Make the highest headings of what was pasted the highest here, whatever they were on their page."""
        levels = sorted({level for level, _words in self.headings.values()})
        for number, (level, words) in self.headings.items():
            self.lines[number] = f"{'#' * min(levels.index(level) + 1, _LEVELS)} {words}"

    def keep_inner_links(self) -> None:
        """Let the entries of a table of contents lead to the headings that came along, not to the page they left."""
        named = {words for _level, words in self.headings.values()}
        for said, made in self.inner:
            if said in named:
                self.lines = [line.replace(made, link_to(said)) for line in self.lines]
