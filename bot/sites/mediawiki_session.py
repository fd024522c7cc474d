"""Pywikibot inside somebody else's program: its session, cookies, throttle and site, and no more.

Left to itself pywikibot reads sys.argv, runs a user-config.py from the current folder, keeps its
state there, installs log handlers and warning filters, asks for passwords, opens a browser for
captchas and contacts other wikis that a title seems to name. None of that happens here: `embedded`
loads it with a state folder of our own, and `Session` gives it one wiki whose address is known.

Its session is one for the process, so wikis take turns in it; a session is not for several threads.
"""

from __future__ import annotations

import atexit
import contextlib
import copy
import functools
import http.cookiejar
import logging
import os
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bot.errors import StoreError

logger = logging.getLogger(__name__)


class Answer(NamedTuple):
    """What came back: an HTTP status, its body, and two headers ('' where there is none)."""

    status: int
    body: bytes
    retry_after: str = ""
    location: str = ""


class NoAnswer(Exception):
    """Nothing came back; `sent` says whether the wiki may have had the request nevertheless."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class AskedForInput(Exception):
    """Pywikibot wanted to ask a person something; the question is its text."""


@contextlib.contextmanager
def _keeping(state: Path) -> Iterator[None]:
    """Raises StoreError for a folder in which nothing can be kept, instead of OSError."""
    try:
        yield
    except OSError as wrong:
        raise StoreError(
            f"{state}: sessions cannot be kept there ({wrong.strerror or wrong}); name a folder"
            " that you may write in XDG_STATE_HOME"
        ) from wrong


def embedded(state: Path) -> types.ModuleType:
    """Pywikibot, loaded without its side effects; `state` is the folder for what it keeps.

    The first call costs about 0.2 s. Raises StoreError when the folder cannot be written.
    """
    with _keeping(state):
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if "pywikibot" in sys.modules:
        _defaults(sys.modules["pywikibot"])
        return sys.modules["pywikibot"]
    arguments, sys.argv = sys.argv, ["redpencil", f"-dir:{state}"]
    before = os.environ.get("PYWIKIBOT_NO_USER_CONFIG")
    os.environ["PYWIKIBOT_NO_USER_CONFIG"] = "2"  # and do not complain about that
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pywikibot
            import pywikibot.logging
    finally:
        sys.argv = arguments
        if before is None:
            del os.environ["PYWIKIBOT_NO_USER_CONFIG"]
        else:
            os.environ["PYWIKIBOT_NO_USER_CONFIG"] = before
    _defaults(pywikibot)
    module: types.ModuleType = pywikibot
    return module


def default_settings(pywikibot: types.ModuleType) -> dict[str, Any]:
    """A fresh copy of pywikibot's settings, with ours where its own are not for a program."""
    return copy.deepcopy(_defaults(pywikibot))


@functools.cache
def _defaults(pywikibot: types.ModuleType) -> dict[str, Any]:
    """Pywikibot's settings before anybody changed them; and pywikibot told to keep still."""
    # Its own handlers would take stderr, the terminal and Python's warnings. Its debug messages
    # quote request bodies, and with them passwords; its verbose ones quote cookies.
    pywikibot.logging._init_routines.clear()  # noqa: SLF001 (there is no public way)
    speaker = logging.getLogger("pywiki")
    speaker.setLevel(logging.WARNING)
    speaker.addHandler(logging.NullHandler())
    for module in (pywikibot, pywikibot.bot):
        for name in ("input", "input_choice", "input_yn", "input_list_choice"):
            setattr(module, name, _refuse_to_ask)
    settings = {
        name: copy.deepcopy(value)
        for name, value in vars(pywikibot.config).items()
        if not name.startswith("_")
        and isinstance(value, str | int | float | dict | list | tuple | set | None)
    }
    version = metadata.version("redpencil")
    settings |= {
        "solve_captcha": False,
        "default_edit_summary": "",
        "cosmetic_changes": False,
        "minthrottle": 0,  # one reader who waits for each answer is polite enough
        "user_agent_format": f"redpencil/{version} ({{script_comments}}) {{pwb}} {{http_backend}}",
    }
    return settings


def _refuse_to_ask(question: str = "", *_: object, **__: object) -> str:
    raise AskedForInput(str(question))


@contextlib.contextmanager
def quiet_warnings() -> Iterator[None]:
    """Send Python's warnings from pywikibot to the log, whatever filters the program has set."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        logger.info("pywikibot warns: %s", warning.message)


class Session:
    """One wiki in pywikibot: its HTTP session, its cookies on disk, its throttle.

    `api_url` is the address of its api.php, `settings` are pywikibot's (`default_settings`),
    `state` is this wiki's own folder. `log_in` is called when pywikibot itself wants a log-in.
    """

    def __init__(
        self,
        pywikibot: types.ModuleType,
        api_url: str,
        *,
        settings: Mapping[str, Any],
        state: Path,
        username: str,
        sleep: Callable[[float], object],
        log_in: Callable[[], object],
    ) -> None:
        from pywikibot.comms import http as pywikibot_http

        with _keeping(state):
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Pywikibot's throttle takes its absence for an error when it is not the process's
            # first, and writes into it.
            (state / "throttle.ctrl").touch(mode=0o600)
            (state / "throttle.ctrl").open("a").close()
        self.pywikibot = pywikibot
        self.api_url = api_url
        self.username = username
        self.cookies = http.cookiejar.LWPCookieJar()
        self._http = pywikibot_http
        self._settings = {**settings, "base_dir": str(state)}
        self._state = state
        self._sleep = sleep
        self._log_in = log_in
        self._take_turn()
        with quiet_warnings():
            self.site = self._make_site()
        self._load_cookies()

    def post(self, fields: Mapping[str, str]) -> Answer:
        """Send one request to api.php, whatever it answers. Raises NoAnswer."""
        return self._send("POST", self.api_url, fields)

    def read(self, url: str) -> Answer:
        """What stands at an address of the wiki's host. Raises NoAnswer."""
        return self._send("GET", url, None)

    def wait_turn(self) -> None:
        """Wait until the next edit is due, as pywikibot's throttle counts, other processes too."""
        self._take_turn()
        with quiet_warnings():
            self._throttle(write=True)

    def wait_for_turn(self) -> None:
        """Wait as `wait_turn` does, but leave the turn to the edit that follows."""
        self._take_turn()
        self._wait(self._throttle.waittime(write=True))

    @property
    def seconds_between_edits(self) -> float:
        """The throttle's delay for edits, with the other processes that edit there counted in."""
        self._take_turn()
        return float(self._throttle.get_delay(write=True))

    def save_cookies(self) -> None:
        """Keep the cookies for the next run, for the owner's eyes only."""
        file = self._cookie_file
        new = file.with_name(f"{file.name}.{os.getpid()}")
        with _keeping(self._state):
            new.unlink(missing_ok=True)
            new.touch(mode=0o600)
            self.cookies.save(str(new), ignore_discard=True)
            new.replace(file)

    def forget_cookies(self) -> None:
        """Be nobody again."""
        self.cookies.clear()
        self._cookie_file.unlink(missing_ok=True)

    def take_turn(self) -> types.ModuleType:
        """Pywikibot, set to this wiki."""
        self._take_turn()
        _ = self._throttle  # which its own requests wait for
        return self.pywikibot

    @functools.cached_property
    def _throttle(self) -> Any:
        """Pywikibot's throttle, in which this process counts from now to its end.

        It multiplies the delay by the number of processes on the wiki, and takes one that has
        ended without taking leave for running ten minutes more.
        """
        with quiet_warnings():
            throttle = self.site.throttle
        throttle.wait = self._wait
        atexit.register(throttle.drop)
        return throttle

    @property
    def _cookie_file(self) -> Path:
        name = re.sub(r"[^\w.-]", "_", self.username) or "nobody"
        return self._state / f"cookies-{name}.lwp"

    def _load_cookies(self) -> None:
        with contextlib.suppress(OSError, http.cookiejar.LoadError):
            self.cookies.load(str(self._cookie_file), ignore_discard=True)

    def _take_turn(self) -> None:
        config = self.pywikibot.config
        for name, value in self._settings.items():
            setattr(config, name, value)
        self._http.session.cookies = self.cookies
        self._http.cookie_jar = self.cookies

    def _send(self, method: str, url: str, fields: Mapping[str, str] | None) -> Answer:
        import requests

        self._take_turn()
        with quiet_warnings():
            answer = self._http.fetch(
                url,
                method=method,
                headers={"user-agent": self._http.user_agent(self.site)},
                data=fields,
                default_error_handling=False,
                allow_redirects=False,
            )
        if isinstance(answer, requests.RequestException):
            raise NoAnswer(_reason(answer), sent=_may_have_arrived(answer))
        if isinstance(answer, Exception):
            raise answer
        headers = answer.headers
        return Answer(
            answer.status_code,
            answer.content,
            headers.get("retry-after", ""),
            headers.get("location", ""),
        )

    def _make_site(self) -> Any:
        """A site of pywikibot's that asks nobody to log in but us."""
        from pywikibot.family import SingleSiteFamily
        from pywikibot.login import LoginStatus
        from pywikibot.site import APISite

        address = urlsplit(self.api_url)
        log_in = self._log_in
        name = re.sub(r"[^a-z0-9]+", "", address.netloc.lower()) or "wiki"

        class Family(SingleSiteFamily):  # type: ignore[misc]
            def protocol(self, code: str) -> str:
                return address.scheme

            def scriptpath(self, code: str) -> str:
                return address.path.removesuffix("/api.php")

            def from_url(self, url: str) -> str | None:
                return None

        Family.name = Family.code = name
        Family.domain = address.netloc

        class Site(APISite):  # type: ignore[misc]
            def login(self, *_: object, cookie_only: bool = False, **__: object) -> None:
                if not cookie_only:
                    log_in()
                    del self.userinfo
                    self._loginstatus = LoginStatus.AS_USER

        # A title such as "wikipedia:Foo" must not lead to a wiki that nobody named.
        self._settings["family_files"] = {}
        self._settings["family"] = self._settings["mylang"] = name
        self._settings["usernames"] = {name: {name: self.username}} if self.username else {}
        self._take_turn()
        return Site(name, Family(), self.username or None)

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            logger.info("waiting %.1f s for the next edit", seconds)
            self._sleep(seconds)


def _may_have_arrived(wrong: Exception) -> bool:
    """Whether a request that got no answer may have reached the wiki."""
    import requests
    from urllib3.exceptions import NewConnectionError

    if isinstance(wrong, requests.ConnectTimeout):
        return False
    cause: object = wrong.args[0] if wrong.args else None
    return not isinstance(getattr(cause, "reason", cause), NewConnectionError)


def _reason(wrong: Exception) -> str:
    """Why there was no answer, in a few words; never the request itself."""
    cause: object = wrong.args[0] if wrong.args else wrong
    reason = str(getattr(cause, "reason", cause))
    said = re.sub(r"^(?:.*?object at 0x[0-9a-f]+>|HTTPS?Connection\([^)]*\)):? ?", "", reason)
    return said[:200] or type(wrong).__name__
