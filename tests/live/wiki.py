"""The real MediaWiki that live tests look at and meddle with, behind the back of what they test.

Everything here goes through the wiki's own API as one of its people, never through Redpencil. These
requests are spared by faults, so a test can read a history while the wiki answers everybody else
with errors.

The faults, by name, with what the value means:

| fault | what happens |
|---|---|
| readonly | edits are refused; the value is the reason shown |
| maxlag | replication lags by so many seconds |
| ratelimit | so many edits a minute are allowed, all accounts together, administrators apart |
| captcha | every edit asks for a captcha, of bots too |
| http | the server answers with this status; `retry_after=7` adds that header |
| slow | every answer comes so many seconds late |
| not-json | the server answers 200 with this page instead of JSON |
| lost-request | the connection closes before MediaWiki has seen the request |
| lost-answer | MediaWiki saves, then the connection closes without an answer |
| session-loss | the request is served as if nobody were logged in |
| bad-token | the request's token is wrong |

The last four strike `action=edit` unless told otherwise.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import requests

CHECKOUT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(CHECKOUT / "scripts"))

from mediawiki import seed  # noqa: E402
from mediawiki.instance import BOT, BOT_APP, SITE, Instance  # noqa: E402

__all__ = [
    "BOT",
    "BOT_APP",
    "SITE",
    "Credentials",
    "Instance",
    "Refused",
    "Revision",
    "Wiki",
    "seed",
]


class Refused(Exception):
    """The wiki said no; `code` is the API's (protectedpage, blocked, editconflict …)."""

    def __init__(self, code: str, info: str) -> None:
        super().__init__(f"{code}: {info}")
        self.code = code


class Credentials(NamedTuple):
    """A bot password: https://www.mediawiki.org/wiki/Manual:Bot_passwords"""

    username: str
    app: str
    password: str

    @property
    def login(self) -> str:
        """The name that logs in, such as `RedpencilBot@redpencil`."""
        return f"{self.username}@{self.app}"


class Revision(NamedTuple):
    """One version of a page."""

    id: int
    parent: int
    user: str
    summary: str
    timestamp: str
    minor: bool
    tags: tuple[str, ...]
    text: str


class Wiki:
    """One running wiki, with the hands of all its users.

    `url` is its address without a slash at the end, `folder` holds its files (user-config.py among
    them, so PYWIKIBOT_DIR may name it).
    """

    def __init__(self, instance: Instance, url: str) -> None:
        self.instance = instance
        self.url = url
        self.api_url = f"{url}/api.php"
        self.folder = instance.folder
        self._people: dict[str | None, requests.Session] = {}
        self._tokens: dict[str | None, str] = {}

    @property
    def credentials(self) -> Credentials:
        """The bot password that Redpencil saves with."""
        return self.credentials_of(BOT)

    def credentials_of(self, username: str, app: str = BOT_APP) -> Credentials:
        """The bot password of any account; app `reading` of RedpencilBot may not edit."""
        bots = self.instance.accounts[username]["bot_passwords"]
        return Credentials(username, app, bots[app]["password"])

    # What the wiki holds.

    def page_url(self, title: str) -> str:
        """The address of a page, as a browser shows it."""
        escaped = quote(title.replace(" ", "_"), safe="/:()")
        return f"{self.url}/wiki/{escaped}"

    def exists(self, title: str) -> bool:
        """Whether there is such a page now."""
        return "missing" not in self._page(title, prop="info")

    def text(self, title: str) -> str:
        """The wikitext of the latest revision; KeyError if there is no such page."""
        answer = self._page(title, prop="revisions", rvprop="content", rvslots="main")
        content: str = answer["revisions"][0]["slots"]["main"]["content"]
        return content

    def history(self, title: str) -> list[Revision]:
        """All revisions, the latest first; empty if there is no such page."""
        wanted = "ids|user|comment|timestamp|flags|tags|content"
        more: dict[str, Any] = {}
        found: list[Revision] = []
        while True:
            answer = self.api(
                "query",
                titles=title,
                prop="revisions",
                rvprop=wanted,
                rvslots="main",
                rvlimit="max",
                **more,
            )
            found += map(_revision, answer["query"]["pages"][0].get("revisions", []))
            if "continue" not in answer:
                return found
            more = answer["continue"]

    def latest(self, title: str) -> int:
        """The id of the latest revision."""
        number: int = self._page(title, prop="info")["lastrevid"]
        return number

    def is_bot_edit(self, revision: int) -> bool:
        """Whether recent changes show this revision as a bot's."""
        answer = self.api("query", list="recentchanges", rcprop="ids|flags", rclimit="max")
        changes = {one["revid"]: one for one in answer["query"]["recentchanges"]}
        flag: bool = changes[revision]["bot"]
        return flag

    def sections(self, title: str) -> list[dict[str, Any]]:
        """MediaWiki's own list of sections of the latest revision (action=parse)."""
        found: list[dict[str, Any]] = self.api("parse", page=title, prop="sections")["parse"][
            "sections"
        ]
        return found

    def parse(self, text: str, title: str = "Karvenia") -> str:
        """The HTML that MediaWiki's own parser makes of wikitext, as if it stood on `title`."""
        answer = self.api(
            "parse",
            text=text,
            title=title,
            contentmodel="wikitext",
            prop="text",
            disablelimitreport=True,
            disableeditsection=True,
        )
        html: str = answer["parse"]["text"]
        return html

    # What its people do.

    def edit(
        self,
        title: str,
        text: str,
        *,
        as_user: str | None = "PlainUser",
        section: int | str | None = None,
        summary: str = "An edit by somebody else",
        **more: Any,
    ) -> int:
        """Save a text (of one section, "new" for a further one) and return the revision it makes.

        An edit that changes nothing returns the latest revision.
        """
        if section is not None:
            more["section"] = section
        answer = self.act("edit", as_user, title=title, text=text, summary=summary, **more)["edit"]
        return int(answer["newrevid"]) if "newrevid" in answer else self.latest(title)

    def undo(self, title: str, revision: int, *, as_user: str | None = "PlainUser") -> int:
        """Undo one revision; the revision this makes."""
        answer = self.act("edit", as_user, title=title, undo=revision)["edit"]
        return int(answer["newrevid"])

    def delete(self, title: str) -> None:
        """Delete a page, as Admin."""
        self.act("delete", "Admin", title=title, reason="Deleted in a test")

    def move(self, title: str, to: str, *, redirect: bool = True) -> None:
        """Move a page, as Admin; a redirect stays behind unless told otherwise."""
        more = {} if redirect else {"noredirect": True}
        self.act("move", "Admin", reason="Moved in a test", to=to, **{"from": title}, **more)

    def protect(self, title: str, level: str = "sysop", *, cascade: bool = False) -> None:
        """Let only one group edit a page, as Admin; level `all` lifts it."""
        more = {"cascade": True} if cascade else {}
        self.act("protect", "Admin", title=title, protections=f"edit={level}", **more)

    def block(self, username: str, reason: str = "Blocked in a test", **more: Any) -> None:
        """Block an account from editing, as Admin; `pagerestrictions=` for some pages only."""
        self.act("block", "Admin", user=username, reason=reason, **more)

    def unblock(self, username: str) -> None:
        """Lift a block, as Admin."""
        self.act("unblock", "Admin", user=username)

    def edit_filter(self, name: str, *, on: bool = True, rule: str | None = None) -> None:
        """Switch an edit filter, `warn` or `disallow`, and give it another rule if wanted.

        The rule is AbuseFilter's: https://www.mediawiki.org/wiki/Extension:AbuseFilter/Rules_format
        As they stand, both strike every edit of an article.
        """
        with self._database("wiki.sqlite") as database:
            changed = database.execute(
                "update abuse_filter set af_enabled = ?, af_pattern = ifnull(?, af_pattern)"
                " where af_public_comments = ?",
                (int(on), rule, name),
            )
            if not changed.rowcount:
                raise KeyError(name)

    # What befalls the wiki.

    def fault(
        self,
        name: str,
        value: object = True,
        *,
        times: int | None = None,
        action: str | None = None,
        **more: Any,
    ) -> None:
        """Make the wiki misbehave from the next request on; the names are in this module's text.

        `times` strikes only the first requests, `action` only one action of the API (`view` for
        everything else that the server is asked).
        """
        settings = {"value": value, **more}
        if times is not None:
            settings["times"] = times
        if action is not None:
            settings["action"] = action
        # Renamed into place: a request never reads half a file. The suffix keeps it from counting.
        new = self.instance.faults / f"{name}.new"
        new.write_text(json.dumps(settings), encoding="utf-8")
        new.replace(self.instance.faults / name)

    def clear_faults(self) -> None:
        """Let the wiki behave again."""
        self.instance.clear_faults()

    def forget_sessions(self) -> None:
        """Log everybody out, on the server's side: cookies and tokens are worth nothing now."""
        with self._database("wikicache.sqlite") as database:
            database.execute("delete from objectcache")
        self._people.clear()
        self._tokens.clear()

    def reset(self) -> None:
        """Put everything back to the seed: pages, accounts, filters, faults. Sessions go on."""
        self.instance.reset(sessions=False)

    # The API.

    def api(self, action: str, *, as_user: str | None = None, **parameters: Any) -> dict[str, Any]:
        """What the API answers to somebody (None: to nobody who is logged in).

        Raises:
            Refused: the answer is an error.
        """
        return self._ask(self._person(as_user), action, parameters)

    def act(self, action: str, as_user: str | None, **parameters: Any) -> dict[str, Any]:
        """As `api`, with the token that changes need; a lost session is renewed once."""
        if as_user is not None:
            parameters["assertuser"] = as_user
        for last_try in (False, True):
            if as_user not in self._tokens:
                answer = self.api("query", as_user=as_user, meta="tokens")
                self._tokens[as_user] = answer["query"]["tokens"]["csrftoken"]
            try:
                return self.api(action, as_user=as_user, token=self._tokens[as_user], **parameters)
            except Refused as refused:
                if last_try or refused.code not in {"badtoken", "assertnameduserfailed"}:
                    raise
                self._people.pop(as_user, None)
                self._tokens.pop(as_user, None)
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Let go of all connections."""
        for session in self._people.values():
            session.close()

    def _person(self, username: str | None) -> requests.Session:
        if username not in self._people:
            session = requests.Session()
            session.trust_env = False
            session.headers["X-Without-Faults"] = "1"
            if username is not None:
                self._log_in(session, username)
            self._people[username] = session
        return self._people[username]

    def _log_in(self, session: requests.Session, username: str) -> None:
        answer = self._ask(session, "query", {"meta": "tokens", "type": "login"})
        credentials = {
            "username": username,
            "password": self.instance.accounts[username]["password"],
            "logintoken": answer["query"]["tokens"]["logintoken"],
            "loginreturnurl": self.url,
        }
        result = self._ask(session, "clientlogin", credentials)["clientlogin"]
        if result["status"] != "PASS":
            raise Refused(result["messagecode"], result["message"])

    def _ask(self, session: requests.Session, action: str, more: dict[str, Any]) -> dict[str, Any]:
        data = {"action": action, "format": "json", "formatversion": 2, **more}
        response = session.post(self.api_url, data=data, timeout=60)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        if "error" in answer:
            raise Refused(answer["error"]["code"], answer["error"]["info"])
        # An edit that a captcha or a filter stops is no error in the API's eyes.
        if answer.get(action, {}).get("result") == "Failure":
            failure = answer[action]
            raise Refused(failure.get("code", "failure"), json.dumps(failure))
        return answer

    def _page(self, title: str, **parameters: Any) -> dict[str, Any]:
        page: dict[str, Any] = self.api("query", titles=title, **parameters)["query"]["pages"][0]
        return page

    @contextlib.contextmanager
    def _database(self, name: str) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self.folder / name, timeout=10)) as database:
            database.execute("pragma synchronous=off")
            yield database
            database.commit()


def _revision(answer: dict[str, Any]) -> Revision:
    return Revision(
        id=answer["revid"],
        parent=answer["parentid"],
        user=answer["user"],
        summary=answer["comment"],
        timestamp=answer["timestamp"],
        minor=answer["minor"],
        tags=tuple(answer["tags"]),
        text=answer["slots"]["main"]["content"],
    )
