"""Every error Redpencil raises on purpose, in one tree.

    RedpencilError              .args[0] is a sentence for a person: what happened, what to do
     ├── UsageError             a wrong option, target, section or check name          exit 2
     │    └── UnreadableText    not UTF-8, NUL or surrogates, a file that is not there
     ├── DumpError              a dump is damaged or cut off; what came before was done exit 3
     ├── StaleEdit              the text an edit replaces is not (or no longer) there  exit 4
     ├── StoreError             the queue's file is locked, full, damaged or newer     exit 4
     ├── WebError               .url of the address that was asked; costs a look-up, never a run
     │    ├── AddressRefused    not http(s), or inside a private network
     │    ├── SiteUnavailable   no answer, or left alone for now: .reason, .retry_after
     │    └── UnusableAnswer    a bomb, a circle of redirects, garbage
     └── WikiError              .code and .info as the wiki's API gave them            exit 3
          ├── NoPage            no page has this title (any more): .wiki, .title
          ├── WikiUnavailable   time-out, maxlag, 5xx, refused connection: try later
          ├── NotAllowed        login, rights, block, protection, {{nobots}}
          └── EditRefused       edit filter, blacklist, captcha, page too big

A foreign error is translated at the one border where it arrives; nothing above that border catches
foreign errors. A check that breaks is no error of this tree: it becomes a `Skipped` note of the
report, because it must cost its own findings only.
"""

from __future__ import annotations


class RedpencilError(Exception):
    """Anything Redpencil raises on purpose; the first argument is a sentence for a person."""

    exit_code = 4

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else type(self).__name__


class UsageError(RedpencilError):
    """What was asked for cannot be done as asked: a wrong option, target, section or setting."""

    exit_code = 2


class UnreadableText(UsageError):
    """A text that cannot be worked on without risk: not UTF-8, NUL characters, lone surrogates."""


class DumpError(RedpencilError):
    """A dump is damaged or cut off: the message says which and where. All before it was done."""

    exit_code = 3


class StaleEdit(RedpencilError):
    """The text that an edit replaces is not where the edit says it is."""


class StoreError(RedpencilError):
    """The queue's file cannot be used: locked, full, damaged, or of a newer version."""


class WebError(RedpencilError):
    """An address of the web, the wiki's own apart, did not give what was asked for."""

    exit_code = 3

    def __init__(self, message: str, *, url: str) -> None:
        super().__init__(message)
        self.url = url


class AddressRefused(WebError):
    """An address that is not asked at all: neither http nor https, or not on the open internet."""


class SiteUnavailable(WebError):
    """No answer came.

    `reason` is "no such host", "name server", "refused", "time-out", "certificate", "broken" (cut
    off, or no HTTP), "busy" (it answered that it cannot answer now) or "left alone" (it was not
    asked). `retry_after` is in how many seconds it may be asked again, None when that is unknown.
    """

    def __init__(
        self, message: str, *, url: str, reason: str, retry_after: float | None = None
    ) -> None:
        super().__init__(message, url=url)
        self.reason = reason
        self.retry_after = retry_after


class UnusableAnswer(WebError):
    """What came is no answer: far too big when unpacked, redirects in a circle, no such format."""


class WikiError(RedpencilError):
    """The wiki answered with an error, or did not answer."""

    exit_code = 3

    def __init__(self, message: str, *, code: str = "", info: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.info = info


class NoPage(WikiError):
    """A wiki has no page of a title (any more); `wiki` and `title` name it as the queue does."""

    def __init__(self, message: str, *, code: str, wiki: str, title: str) -> None:
        super().__init__(message, code=code)
        self.wiki = wiki
        self.title = title


class WikiUnavailable(WikiError):
    """Time-out, lag, 5xx or refused connection: the only wiki error worth trying again later.

    `retry_after` is how many seconds the wiki asked to be left alone (the header Retry-After), or
    None. `code` is the API's ("maxlag", "readonly", "ratelimited"), or one of
    `bot.sites.mediawiki_errors`; with ANSWER_LOST what was asked for may have been done all the
    same.
    """

    def __init__(
        self, message: str, *, code: str = "", info: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message, code=code, info=info)
        self.retry_after = retry_after


class NotAllowed(WikiError):
    """This account may not do this: login, rights, block, protection, or {{nobots}}."""


class EditRefused(WikiError):
    """The wiki refused this very edit: edit filter, blacklist, captcha, page too big."""
