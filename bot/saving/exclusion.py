"""Whether a page asks a bot to stay away; pure.

The templates and their parameters are those of https://en.wikipedia.org/wiki/Template:Bots, which
the other wikis share. In doubt the page is left alone: a list that cannot be read counts as a no.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.wikitext import Wikitext
from bot.wikitext.template import Template, template_name

# What says that somebody is working on the page at this moment.
IN_USE = ("in use", "inuse", "in use section", "inuse section", "in bearbeitung", "en cours")

# Names by which a list may mean this program, whatever its account is called.
_OURSELVES = "redpencil"
_QUICK = re.compile(r"bots\b", re.IGNORECASE)


def refusal(text: str, account: str, in_use: Iterable[str] = IN_USE) -> str:
    """The template by which the page asks this account to stay away, as it stands; '' for none.

    {{nobots}} and {{bots|deny=all}} are for every bot, {{bots|deny=A, B}} for those named,
    {{bots|allow=A, B}} for all but those named. {{bots|optout=all}} (or naming the account) asks
    for no messages; an edit nobody asked for is one, so it is taken for a no too. A template in a
    comment or in <nowiki> says nothing.
    """
    busy = {template_name(name) for name in in_use}
    lowered = text.lower()
    if not _QUICK.search(text) and not any(
        name in lowered or name.replace(" ", "_") in lowered for name in busy
    ):
        return ""
    ours = {_folded(account), _OURSELVES}
    for template in Wikitext(text).templates:
        name = template_name(template.name)
        if name in busy or (name in ("bots", "nobots") and _refuses(template, name, ours)):
            return text[template.start : template.end]
    return ""


def _refuses(template: Template, name: str, ours: set[str]) -> bool:
    listed: dict[str, set[str]] = {}
    for parameter in template.parameters:
        names = {_folded(each) for each in parameter.value.split(",")} - {""}
        listed.setdefault(parameter.name.strip().lower(), set()).update(names)
    if name == "nobots":
        return not ours & listed.get("allow", set())
    everyone = ours | {"all"}
    if everyone & listed.get("deny", set()) or everyone & listed.get("optout", set()):
        return True
    allowed = listed.get("allow")
    return allowed is not None and not everyone & allowed


def _folded(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).lower()
