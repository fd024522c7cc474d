"""Is everything in place to read and to edit a wiki? A look at each thing, with the mend for it.

Nothing is edited. Each look stands for itself: one that fails does not hide the others, and what
cannot be looked at because of it is said to be so.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from bot.errors import RedpencilError, StoreError, WikiError, WikiUnavailable
from bot.saving.exclusion import refusal
from bot.sites.mediawiki import MediaWiki
from bot.sites.mediawiki_config import ConfigFile
from bot.target import Target

ABOUT_CONFIG = "copy user-config.py.sample, which explains every line"
ABOUT_GRANTS = "at Special:BotPasswords"


class State(enum.Enum):
    """OK: as it should be. NOTE: worth knowing, no fault. FAIL: has to be mended before editing."""

    OK = "ok"
    NOTE = "note"
    FAIL = "fail"


class Look(NamedTuple):
    """One thing that was looked at: what it is, how it stands, what was seen, how to mend it."""

    name: str
    state: State
    seen: str
    mend: str = ""


def examine(
    connected: Callable[[], MediaWiki],
    *,
    config: ConfigFile | None,
    target: Target | None = None,
    archives: Mapping[str, Callable[[], str]] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Look]:
    """What there is to see, look by look; `target` is the page that is to be edited, if any.

    `connected` makes the connection; `archives` says for the name of each archive what it answers,
    or raises a RedpencilError.
    """
    if config is None:
        yield Look(
            "settings", State.NOTE, "no user-config.py: pages can be read, not edited", ABOUT_CONFIG
        )
    else:
        yield Look("settings", State.OK, str(config.path))
    try:
        wiki = connected()
        started = clock()
        wiki.request(action="query", meta="siteinfo")
        milliseconds = round((clock() - started) * 1000)
    except StoreError as wrong:
        yield Look("states", State.FAIL, str(wrong))
    except RedpencilError as wrong:
        mend = "look at the address, the network and user-config.py"
        yield Look("wiki", State.FAIL, str(wrong), mend)
    else:
        general = wiki.info["general"]
        seen = f"{general['generator']} at {wiki.api_url}, {milliseconds} ms"
        yield Look("wiki", State.OK, seen)
        yield from _account(wiki, target)
        yield _maxlag(wiki)
    for name, ask in (archives or {}).items():
        try:
            yield Look(f"archive {name}", State.OK, ask())
        except RedpencilError as wrong:
            mend = "try again later, or leave this archive out"
            yield Look(f"archive {name}", State.FAIL, str(wrong), mend)


def _account(wiki: MediaWiki, target: Target | None) -> Iterator[Look]:
    if wiki.account is None:
        yield Look("account", State.NOTE, "none is named: pages can be read", ABOUT_CONFIG)
        if target is not None:
            yield from _page(wiki, target, "")
        return
    try:
        wiki.begin_anew()  # a session of an earlier run says nothing of the password
        name = wiki.login()
        user = wiki.request(
            action="query", meta="userinfo", uiprop="rights|groups|blockinfo|ratelimits"
        )["query"]["userinfo"]
    except WikiError as wrong:
        yield Look("account", State.FAIL, str(wrong), "mend the account in user-config.py")
        return
    how = "OAuth" if wiki.account.tokens else "bot password" if "@" in wiki.account.login else ""
    seen = f"logged in as {name}" + (f" by {how}" if how else " by its main password")
    if how:
        yield Look("account", State.OK, seen)
    else:
        yield Look("account", State.NOTE, seen, f"make a bot password {ABOUT_GRANTS}: it can less")
    yield from _rights(user, how)
    if "blockid" in user:
        seen = f"blocked by {user.get('blockedby')}: {user.get('blockreason') or 'no reason given'}"
        partial = State.NOTE if user.get("blockpartial") else State.FAIL
        yield Look("block", partial, seen, "ask on the account's talk page to be unblocked")
    else:
        yield Look("block", State.OK, "not blocked")
    yield from _throttle(wiki, user)
    yield _stop_page(wiki, name)
    if target is not None:
        yield from _page(wiki, target, name)


# Rights that matter, the grant of a bot password that gives them, and what they are for.
# https://www.mediawiki.org/wiki/Manual:$wgGrantPermissions
_GRANTS = {
    "edit": ("Edit existing pages", "editing"),
    "minoredit": ("Edit existing pages", "marking minor edits"),
    "bot": ("High-volume (bot) access", "the bot flag"),
    "apihighlimits": ("High-volume (bot) access", "reading 500 pages at once"),
}


def _rights(user: Mapping[str, Any], how: str) -> Iterator[Look]:
    rights, groups = set(user["rights"]), set(user["groups"])
    useful = [right for right in (*_GRANTS, "editprotected", "rollback") if right in rights]
    shown = ", ".join(sorted(groups - {"*", "user", "autoconfirmed"})) or "none but users"
    seen = f"may {', '.join(useful) or 'not edit'}; groups: {shown}"
    grant, _ = _GRANTS["edit"]
    if "edit" in rights:
        yield Look("rights", State.OK, seen)
    else:
        mend = f"tick “{grant}” {ABOUT_GRANTS}" if how else "ask for the right to edit"
        yield Look("rights", State.FAIL, seen, mend)
    if "bot" in rights:
        yield Look("bot flag", State.OK, "edits are marked as a bot's")
    elif "bot" in groups:
        grant, _ = _GRANTS["bot"]
        seen = "the account is a bot, but its edits would not be marked as one's"
        yield Look("bot flag", State.FAIL, seen, f"tick “{grant}” {ABOUT_GRANTS}")
    else:
        mend = "many edits need the wiki's approval and the group “bot”"
        yield Look("bot flag", State.NOTE, "the account is no bot: edits show as a person's", mend)


def _throttle(wiki: MediaWiki, user: Mapping[str, Any]) -> Iterator[Look]:
    seconds = wiki.seconds_between_edits
    limits = [
        one
        for name, one in user.get("ratelimits", {}).get("edit", {}).items()
        if name != "ip" and one.get("hits")
    ]
    allowed = max((one["seconds"] / one["hits"] for one in limits), default=0.0)
    seen = f"{seconds:g} s between two edits"
    if allowed:
        seen += f"; the wiki allows one every {allowed:g} s"
    mend = "set put_throttle in user-config.py"
    if seconds < allowed:
        yield Look("throttle", State.FAIL, seen, f"{mend} to {allowed:g} or more")
    elif seconds == 0 and not wiki.is_local:
        yield Look("throttle", State.FAIL, seen, f"{mend}; 10 is polite")
    else:
        yield Look("throttle", State.OK, seen)


def _maxlag(wiki: MediaWiki) -> Look:
    """Whether the wiki turns requests away when it lags; -1 is less than any lag."""
    try:
        wiki.once(action="query", meta="siteinfo", maxlag=-1)
    except WikiUnavailable as wrong:
        if wrong.code == "maxlag":
            waits = f"edits wait when the database lags more than {wiki.maxlag} s"
            return Look("maxlag", State.OK, f"the wiki says when it lags; {waits}")
        return Look("maxlag", State.FAIL, str(wrong), "try again later")
    except WikiError as wrong:
        return Look("maxlag", State.FAIL, str(wrong), "look at the account in user-config.py")
    return Look("maxlag", State.OK, "the wiki has one database, which cannot lag")


def _stop_page(wiki: MediaWiki, name: str) -> Look:
    title = f"User:{name}/stop"
    try:
        text = wiki.fetch(title).text.strip()
    except WikiError as wrong:
        if wrong.code == "missingtitle":
            return Look("stop page", State.OK, f"[[{title}]] does not exist")
        return Look("stop page", State.FAIL, str(wrong), "try again later")
    if not text:
        return Look("stop page", State.OK, f"[[{title}]] is empty")
    words = " ".join(text.split())[:80]
    mend = "answer what is asked there, then empty the page"
    return Look("stop page", State.FAIL, f"[[{title}]] says “{words}”", mend)


def _page(wiki: MediaWiki, target: Target, name: str) -> Iterator[Look]:
    ((_, page),) = wiki.pages([target])
    if isinstance(page, RedpencilError):
        yield Look("page", State.FAIL, str(page), "look at the title")
        return
    who = name or "nobody who is logged in"
    found = wiki.request(
        action="query",
        titles=page.title,
        prop="info",
        inprop="protection",
        intestactions="edit",
        intestactionsdetail="full",
    )["query"]["pages"][0]
    reasons = [str(one["text"]) for one in found.get("actions", {}).get("edit", ())]
    template = refusal(page.text, name)
    if reasons:
        seen = f"{page.title}: {who} may not edit: {'; '.join(reasons)}"
        yield Look("page", State.FAIL if name else State.NOTE, seen, "leave the page alone, or ask")
    elif template:
        seen = f"{page.title} asks bots to stay away with {template}"
        yield Look("page", State.FAIL, seen, "leave the page alone, or edit it by hand")
    elif not name:
        yield Look("page", State.NOTE, f"{page.title} could be edited by anybody", ABOUT_CONFIG)
    else:
        yield Look("page", State.OK, f"{page.title}: {name} may edit it")
