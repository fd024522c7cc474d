"""What a reader would see of a mend: the wiki's own parser asked, and its answer as plain text.

The wiki is asked to render the lines around, before and after, and to save nothing. What it answers
is HTML of the wiki's: a browser shows it in a frame without scripts or network, a terminal as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any, NamedTuple

from bot.review import View

# Elements after which a new line starts, and those of which a reader sees nothing.
_BLOCKS = frozenset(
    "p div br li ul ol dl dt dd table tr caption h1 h2 h3 h4 h5 h6 blockquote pre figure".split()
)
_UNSEEN = frozenset("style script template noscript".split())


class Rendered(NamedTuple):
    """The HTML of the lines around a finding, before and after the mend."""

    before: str
    after: str


def rendered(request: Callable[..., dict[str, Any]], view: View) -> Rendered:
    """What the wiki's parser makes of the lines around; `request` asks its API. Raises WikiError.

    References are shown behind the lines. See https://www.mediawiki.org/wiki/API:Parsing_wikitext.
    """

    def asked(text: str) -> str:
        answer = request(
            action="parse",
            title=view.proposal.page,
            text=text,
            contentmodel="wikitext",
            prop="text",
            preview=True,
            disableeditsection=True,
            disablelimitreport=True,
        )
        return str(answer["parse"]["text"])

    return Rendered(asked(view.block.of(view.text)), asked(view.result))


def as_text(html: str) -> str:
    """The text of a piece of HTML, a line for each paragraph, item and row."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = "".join(reader.pieces).split("\n")
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


class _Reader(HTMLParser):
    """Collects what is to be read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _BLOCKS:
            self.pieces.append("\n")
        if tag == "li":
            self.pieces.append("• ")
        if tag in ("td", "th"):
            self.pieces.append(" | ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(re.sub(r"\s+", " ", data))
