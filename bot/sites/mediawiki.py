"""A live MediaWiki: the one place where Redpencil speaks to a wiki. Pywikibot is loaded here only.

    wiki = connect("https://en.wikipedia.org/wiki/Karvenia", find_config())
    page = wiki.fetch("Karvenia")             # a Page with its revision and timestamp (UTC)
    page = wiki.fetch(1234567)                # that revision
    answer = wiki.request(action="query", meta="siteinfo")
    wiki.login()                              # by bot password or owner-only OAuth; once
    saved = wiki.request(action="edit", title=…, text=…, baserevid=…, nocreate=True, bot=True)

What `request` does for everybody: the answer is a dict (formatversion 2); True is sent as "1",
False and None are left out, a list is joined. An edit gets its token, `assertuser` and `maxlag` by
itself, and waits for pywikibot's throttle. A lost session or a bad token is renewed once.

What goes wrong is a WikiError of bot.errors with the API's `.code` and the wiki's own words in
`.info` (the table is in mediawiki_errors). A wiki that is lagging, read-only, rate-limiting or down
is waited for with growing pauses, or as long as its Retry-After says, up to `Pace.max_wait` seconds
for each request; then WikiUnavailable. An edit whose answer was lost is never sent again from here:
it raises WikiUnavailable with the empty code at once, because it may have been saved; `patience()`
gives its sender the same pauses. A warning of an edit filter is an error like any other.

Nothing here decides what is saved, asks a person anything, or prints.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from bot.errors import NotAllowed, RedpencilError, WikiUnavailable
from bot.model import Entered, Facts, Page, Profile
from bot.sites import mediawiki_errors as errors
from bot.sites import mediawiki_wire as wire
from bot.sites.mediawiki_address import account_at, addresses_of
from bot.sites.mediawiki_choosing import chosen
from bot.sites.mediawiki_config import Account, ConfigFile, run_config
from bot.sites.mediawiki_discovery import SITEINFO, discover
from bot.sites.mediawiki_errors import wiki_error
from bot.sites.mediawiki_facts import FactCache, gathered, look_up
from bot.sites.mediawiki_history import entered
from bot.sites.mediawiki_reading import Current, Reader, batched
from bot.sites.mediawiki_session import NoAnswer, Session, default_settings, embedded
from bot.target import Target

logger = logging.getLogger(__name__)

_NO_TOKEN = wire.READING | {"logout"}
_EDITS = {"edit", "rollback"}

_ANONYMOUS_BATCH, _BATCH = 50, 500  # https://www.mediawiki.org/wiki/API:Etiquette

# Refusals that a fresh login or token may mend.
_SESSION_LOST = {"assertuserfailed", "assertnameduserfailed", "notloggedin", "readapidenied"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait for a wiki in trouble, and how fast to edit; all in seconds.

    `max_wait` bounds the pauses of one request, `first_pause` doubles with each. An edit comes at
    the earliest `between_edits` after the one before (None: put_throttle of user-config.py, which
    pywikibot sets to 10). `timeout` is for connecting and for each answer (None: socket_timeout of
    user-config.py). `sleep` is what waits.
    """

    max_wait: float = 120.0
    first_pause: float = 1.0
    longest_pause: float = 60.0
    between_edits: float | None = None
    timeout: float | None = None
    sleep: Callable[[float], object] = time.sleep

    @property
    def most_pauses(self) -> int:
        """How many growing pauses fit into `max_wait`."""
        number, pause, left = 0, self.first_pause, self.max_wait
        while 0 < pause <= left:
            number, left, pause = number + 1, left - pause, min(pause * 2, self.longest_pause)
        return number


class Patience:
    """Pauses that grow, within a bound."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._next = pace.first_pause
        self._left = pace.max_wait

    def wait(self, retry_after: float | None = None) -> bool:
        """Pause, at least as long as the wiki asks; False, at once, when the bound is reached."""
        if self._left <= 0 or (retry_after or 0) > self._left:
            return False
        pause = min(max(self._next, retry_after or 0), self._left)
        self._next = min(self._next * 2, self._pace.longest_pause)
        self._left -= pause
        logger.info("waiting %.1f s for the wiki", pause)
        self._pace.sleep(pause)
        return True


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where cookies and throttles of wikis are kept: $XDG_STATE_HOME/redpencil/wikis."""
    home = Path(environment.get("HOME") or Path.home())
    return Path(environment.get("XDG_STATE_HOME") or home / ".local" / "state") / "redpencil/wikis"


def cache_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Where facts are kept: $XDG_CACHE_HOME/redpencil/facts.sqlite."""
    home = Path(environment.get("HOME") or Path.home())
    return Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / "redpencil/facts.sqlite"


def connect(
    site: str = "",
    config: ConfigFile | None = None,
    *,
    apis: Sequence[str] = (),
    state: Path | None = None,
    pace: Pace = Pace(),
    say: Callable[[str], object] = logger.warning,
    cache: FactCache | None = None,
    clock: Callable[[], float] = time.time,
) -> MediaWiki:
    """The wiki that an address, a host or pywikibot's name ("wikipedia:en") stands for.

    Without `site` it is the one that `config` (find_config) names; `apis` are addresses that a
    Target knows already. `state` is the folder for cookies and the like (`state_folder()`). `say`
    is told what a user should know: that a user-config.py was run which nobody pointed to, that a
    title is a redirect. Facts are kept in `cache` (FactCache(cache_file())), if there is one, by
    `clock` in seconds of the epoch.

    Asks the wiki one question. Raises UsageError for a site nobody knows and for an unusable
    user-config.py, WikiUnavailable when nothing answers at the address.
    """
    folder = state if state is not None else state_folder()
    pywikibot = embedded(folder)
    settings = default_settings(pywikibot)
    if config is not None:
        if not config.pointed_to:
            say(
                f"running {config.path}, which lies in a folder that pywikibot looks at;"
                " name another one with --config"
            )
        pywikibot.config.family_files = settings["family_files"]
        namespace = settings | {
            name: value for name, value in vars(pywikibot.config).items() if callable(value)
        }
        run_config(config, namespace)
        settings = {name: namespace[name] for name in settings}
    addresses = tuple(apis) or addresses_of(site, settings, pywikibot)
    account = account_at(addresses[0], settings, pywikibot, config)
    if pace.between_edits is not None:
        settings["put_throttle"] = pace.between_edits
    if pace.timeout is not None:
        settings["socket_timeout"] = pace.timeout
    # For what pywikibot asks by itself: its page generators.
    settings["retry_wait"], settings["retry_max"] = pace.first_pause, pace.longest_pause
    settings["max_retries"] = pace.most_pauses
    return MediaWiki(
        addresses,
        account,
        settings=settings,
        state=folder,
        pace=pace,
        say=say,
        cache=cache,
        clock=clock,
    )


class MediaWiki:
    """One wiki, as one account or as nobody; made by `connect`. Also a `bot.sites.Site`.

    `origin` is scheme and host, `name` what tells wikis apart in files and messages
    ("en.wikipedia.org"), `account` who may log in or None, `profile` what checks need to know.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        account: Account | None,
        *,
        settings: Mapping[str, Any],
        state: Path,
        pace: Pace,
        say: Callable[[str], object],
        cache: FactCache | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.account = account
        self.pace = pace
        self._settings = settings
        self._state = state
        self._tokens: dict[str, str] = {}
        self._logged_in = self._is_logging_in = False
        self._rights: frozenset[str] | None = None
        self._say = say
        self._cache = cache
        self._clock = clock
        self._session, self._info = discover(addresses, self._session_at, self.patience())
        parts = urlsplit(self._session.api_url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        root = re.sub(r"(?:/w)?/api\.php$", "", parts.path)
        self.name = parts.netloc + root

    # Asking

    def request(self, **parameters: Any) -> dict[str, Any]:
        """What the API answers; see the module's text. Raises WikiError."""
        patience = self.patience()
        while True:
            try:
                return self.once(**parameters)
            except WikiUnavailable as trouble:
                if trouble.code == errors.ANSWER_LOST or not patience.wait(trouble.retry_after):
                    raise
                logger.info("trying again: %s", trouble)

    def once(self, **parameters: Any) -> dict[str, Any]:
        """As `request`, but without waiting for a wiki in trouble: who asks looks again first."""
        action = str(parameters.get("action", "query"))
        if action not in _NO_TOKEN and "token" not in parameters:
            parameters["token"] = self.token("rollback" if action == "rollback" else "csrf")
        try:
            return self._ask(action, parameters)
        except NotAllowed as refused:
            if not self._renew(refused.code, parameters):
                raise
            return self._ask(action, parameters)

    def wait_turn(self) -> None:
        """Wait until the throttle would let an edit through at once."""
        self._session.wait_for_turn()

    def patience(self) -> Patience:
        """The pauses for one task, as `request` makes them."""
        return Patience(self.pace)

    def token(self, kind: str = "csrf") -> str:
        """A token of this kind ("csrf", "rollback", "login"), fetched once a session."""
        if kind not in self._tokens or kind == "login":
            answer = self.request(action="query", meta="tokens", type=kind)
            self._tokens[kind] = str(answer["query"]["tokens"][f"{kind}token"])
        return self._tokens[kind]

    # Being somebody

    def login(self) -> str:
        """Log in as the account of user-config.py, unless the last session still holds; its name.

        Raises NotAllowed without an account or a password, and when the wiki refuses them.
        """
        if self.account is None:
            raise NotAllowed(
                f"{self.name}: no account is named for this wiki; see user-config.py.sample",
                code=errors.NO_PASSWORD,
            )
        if not self._logged_in:
            self._is_logging_in = True
            try:
                if self._user() != self.account.name:
                    self._log_in(self.account)
            finally:
                self._is_logging_in = False
            self._logged_in = True
            self._rights = None
        return self.account.name

    def begin_anew(self) -> None:
        """Log in to a session that remembers nothing, such as a filter's warning already given.

        An OAuth account has no session of its own to leave.
        """
        if self.account is not None and not self.account.tokens:
            self._session.forget_cookies()
            self._tokens.clear()
            self._logged_in = False
            self.login()

    @property
    def is_logged_in(self) -> bool:
        """Whether requests are made as the account."""
        return self._logged_in

    @property
    def api_url(self) -> str:
        """The address of its api.php."""
        return self._session.api_url

    @property
    def is_local(self) -> bool:
        """Whether the wiki runs on this machine."""
        host = urlsplit(self.api_url).hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.")

    @property
    def seconds_between_edits(self) -> float:
        """How long pywikibot's throttle keeps two edits apart, other processes counted."""
        return self._session.seconds_between_edits

    @property
    def maxlag(self) -> int | None:
        """The lag of the wiki's databases, in seconds, above which edits wait; None for any."""
        found: int | None = self._settings.get("write_maxlag", 5)
        return found

    @property
    def info(self) -> dict[str, Any]:
        """The wiki's description of itself: `general`, `namespaces`, `namespacealiases`.

        See https://www.mediawiki.org/wiki/API:Siteinfo.
        """
        if self._info is None:
            self._info = self.request(**SITEINFO)["query"]
        return self._info

    @functools.cached_property
    def profile(self) -> Profile:
        """The wiki's language, and the names of its file, media and category namespaces."""
        names: dict[str, str] = {}
        for number in ("-2", "6", "14"):
            namespace = self.info["namespaces"].get(number, {})
            canonical = str(namespace.get("canonical", ""))
            for name in (canonical, str(namespace.get("name", ""))):
                names[name.lower()] = canonical
            for alias in self.info["namespacealiases"]:
                if str(alias["id"]) == number:
                    names[str(alias["alias"]).lower()] = canonical
        names.pop("", None)
        return Profile(str(self.info["general"]["lang"]), self.name, names)

    def url(self, title: str) -> str:
        """The address at which a reader finds a page."""
        path = str(self.info["general"]["articlepath"])
        return self.origin + path.replace("$1", quote(title.replace(" ", "_"), safe="/:()!*,;@~"))

    # Reading

    def fetch(self, page: str | int) -> Page:
        """The current revision of a title, which may be a redirect, or the revision of a number.

        Raises WikiError (`missingtitle`, `invalidtitle`, `nosuchrevid`) when there is none.
        """
        return self._reader.page(page)

    def pages(self, targets: Iterable[Target]) -> Iterator[tuple[Target, Page | RedpencilError]]:
        """The pages of the targets, in their order, 50 or 500 to a request.

        A title that is a redirect gives the page it leads to, and that is said; a page to which
        several targets lead is given once. A wiki that cannot be reached ends the reading with
        WikiUnavailable; see `bot.sites.Site` for the rest.
        """
        seen: set[tuple[str, int | None, str | int | None]] = set()
        for batch in batched(targets, lambda: self.batch_size):
            read = self._reader.batch([self._named_here(target) for target in batch])
            for target, (_, page) in zip(batch, read, strict=True):
                if isinstance(page, Page):
                    key = (page.title, page.revision, target.section)
                    if key in seen:
                        continue
                    seen.add(key)
                yield target, page
            if len(batch) == _ANONYMOUS_BATCH and self._may_log_in:
                self._log_in_for_more()

    def current(
        self, targets: Iterable[Target]
    ) -> Iterator[tuple[Target, Current | RedpencilError]]:
        """The latest revisions of the targets, in their order, 50 or 500 to a request.

        Redirects are followed without a word. Raises WikiUnavailable.
        """
        for batch in batched(targets, lambda: self.batch_size):
            if len(batch) == _ANONYMOUS_BATCH and self._may_log_in:
                self._log_in_for_more()
            yield from self._reader.current([self._named_here(target) for target in batch])

    def choose(self, arguments: str) -> Iterator[Target]:
        """The pages that pywikibot's generator arguments choose: "-cat:Countries -ns:0".

        Raises UsageError for arguments it does not know, WikiError when the wiki refuses.
        """
        if self._may_log_in:
            self._log_in_for_more()
        pywikibot = self._session.take_turn()
        return chosen(pywikibot, self._session.site, arguments, self.name)

    # Knowing

    def facts(self, titles: Collection[str]) -> Facts:
        """Where the titles lead (bot.facts.wanted_titles), from the cache or from the wiki.

        Raises WikiUnavailable.
        """
        now = self._clock()
        known = self._cache.known(self.name, titles, now) if self._cache else {}
        left = set(titles) - known.keys()
        if len(left) > _ANONYMOUS_BATCH and self._may_log_in:
            self._log_in_for_more()
        new = list(look_up(self.request, left, self.batch_size))
        if self._cache and new:
            self._cache.keep(self.name, new, now)
        return gathered([*known.values(), *new])

    def entered(self, page: Page, addresses: Collection[str]) -> dict[str, Entered]:
        """Since when a page has these addresses, from the cache or by one request.

        What its history does not tell is left out. Raises WikiError.
        """
        now = self._clock()
        known = self._cache.entered(self.name, page.title, addresses, now) if self._cache else {}
        left = [each for each in addresses if each not in known]
        if left:
            new = entered(self.request, page.title, left)
            told = {each: new.get(each) for each in left}
            if self._cache:
                self._cache.keep_entered(self.name, page.title, told, now)
            known.update(told)
        return {each: since for each, since in known.items() if since is not None}

    def template_of_section(self, page: Page, name: str) -> str | None:
        """The template from which a section of a page comes, by its heading or anchor, or None."""
        return (
            None if page.revision is None else self._reader.template_of_section(page.revision, name)
        )

    def _named_here(self, target: Target) -> Target:
        """The target with the title that its address means on a wiki of other paths (/title/…)."""
        before = str(self.info["general"].get("articlepath", "")).partition("$1")[0]
        folder = before.strip("/").replace("_", " ") + "/"
        if (
            folder in ("/", "wiki/")
            or not target.title.startswith(folder)
            or not urlsplit(target.written).path.startswith(before)
        ):
            return target
        return dataclasses.replace(target, title=target.title.removeprefix(folder))

    @property
    def batch_size(self) -> int:
        """How many pages may be asked for at once: 50, or 500 with the right apihighlimits."""
        return _BATCH if self._logged_in and "apihighlimits" in self.rights else _ANONYMOUS_BATCH

    @property
    def rights(self) -> frozenset[str]:
        """What we may do here, in MediaWiki's names (edit, bot, apihighlimits …)."""
        if self._rights is None:
            answer = self.request(action="query", meta="userinfo", uiprop="rights")
            self._rights = frozenset(answer["query"]["userinfo"]["rights"])
        return self._rights

    @property
    def _may_log_in(self) -> bool:
        return not self._logged_in and self.account is not None and self.account.has_secret

    def _log_in_for_more(self) -> None:
        try:
            self.login()
        except NotAllowed as refused:
            self._say(f"{refused}; reading on without an account")
            self.account = None

    @functools.cached_property
    def _reader(self) -> Reader:
        return Reader(self.request, self.name, self.url, self._say)

    # One request

    def _ask(self, action: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Send one request once."""
        writing = action not in wire.READING
        if action in _EDITS:
            self._session.wait_turn()
        fields: dict[str, Any] = {
            "action": action,
            "format": "json",
            "formatversion": 2,
            "errorformat": "plaintext",
            "errorlang": "uselang",
            "errorsuselocal": True,  # the wiki's own words for its edit filters
            "maxlag": self._settings.get("write_maxlag" if writing else "read_maxlag", 5),
        }
        if self._logged_in and self.account and "login" not in action:
            fields["assertuser"] = self.account.name
        fields.update(parameters)
        where = self.name + (f", {fields['title']!r}" if "title" in fields else "")
        try:
            answer = self._session.post(wire.encoded(fields))
        except NoAnswer as wrong:
            raise wire.unanswered(wrong, action, where) from None
        logger.debug("%s %s: HTTP %d", self._session.api_url, action, answer.status)
        return wire.read(answer, action, where)

    def _session_at(self, address: str) -> Session:
        parts = urlsplit(address)
        place = parts.netloc + re.sub(r"(?:/w)?/api\.php$", "", parts.path)
        return Session(
            embedded(self._state),
            address,
            settings=self._settings,
            state=self._state / re.sub(r"[^\w.-]", "_", place),
            username=self.account.name if self.account else "",
            sleep=self.pace.sleep,
            log_in=self.login,
        )

    # Logging in

    def _user(self) -> str:
        """Who the wiki takes us for; '' for nobody."""
        try:
            user = self.request(action="query", meta="userinfo")["query"]["userinfo"]
        except NotAllowed as refused:
            if refused.code != "readapidenied":  # which a private wiki says to strangers
                raise
            return ""
        return "" if "anon" in user else str(user["name"])

    def _log_in(self, account: Account) -> None:
        if account.tokens:
            user = self._user()
            raise wiki_error(
                "mwoauth-invalid-authorization-wrong-user",
                f"they are {user}'s, and user-config.py names {account.name}" if user else "",
                where=f"{self.name}, {account.name}",
            )
        if not account.password:
            raise wiki_error(errors.NO_PASSWORD, where=f"{self.name}, {account.name}")
        self._session.forget_cookies()
        self._tokens.clear()
        token = self.token("login")
        if "@" in account.login:
            answer = self.request(
                action="login",
                lgname=account.login,
                lgpassword=account.password,
                lgtoken=token,
            )["login"]
            code, reason = answer["result"], answer.get("reason", "")
        else:
            answer = self.request(
                action="clientlogin",
                username=account.login,
                password=account.password,
                logintoken=token,
                rememberMe=True,
                loginreturnurl=self._session.api_url,
            )["clientlogin"]
            code, reason = answer["status"], answer.get("message", "")
            if answer.get("messagecode") == "login-throttled":
                code = "login-throttled"
        self._tokens.clear()
        if code not in ("Success", "PASS"):
            where = f"{self.name}, {account.name}"
            raise wiki_error(str(code), errors.words_of(reason), where=where)
        if self._user() != account.name:
            raise wiki_error("assertnameduserfailed", where=f"{self.name}, {account.name}")
        self._session.save_cookies()
        logger.info("logged in to %s as %s", self.name, account.name)

    def _renew(self, code: str, parameters: dict[str, Any]) -> bool:
        """Make the session or the token that a request was refused for anew, if that may help."""
        if self.account is None or not self.account.has_secret or self._is_logging_in:
            return False
        token = parameters.get("token")
        kind = next((kind for kind, known in self._tokens.items() if known == token), "csrf")
        if code == "badtoken":
            self._tokens.clear()
            if self._logged_in and not self.account.tokens:
                self._logged_in = False
                self.login()
        elif code in _SESSION_LOST:
            self._logged_in = False
            self._tokens.clear()
            self.login()
        else:
            return False
        if token is not None:
            parameters["token"] = self.token(kind)
        return True
