"""Send a summary to an address that waits for it: a chat, a pager, a script of the wiki's own.

One POST with JSON: the `overview` of `bot.report.lines`, its checks and troubles, and a "text" of a
few lines, which is what chats show. The address and the token may be secrets, so no message names
more than the host, and a redirect, which could carry them elsewhere, is not followed.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bot.errors import SiteUnavailable, UsageError, WebError
from bot.report import lines
from bot.report.summary import Summary

_MOST_TROUBLES = 20


def message(of: Summary) -> dict[str, Any]:
    """What is sent."""
    return {
        "text": "\n".join([lines.headline(of), *list(lines.needs_a_look(of))[:_MOST_TROUBLES]]),
        **lines.overview(of),
        "checks": [lines.check_json(check) for check in of.checks],
        "troubles": [lines.trouble_json(each) for each in of.troubles[:_MOST_TROUBLES]],
    }


def send(url: str, of: Summary, *, token: str = "", timeout: float = 10.0) -> None:
    """Send the summary, once. `timeout` is in seconds, for connecting and for each answer.

    Raises UsageError for an address that is none, SiteUnavailable without an answer, WebError for
    an answer that is not a "yes" (2xx).
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError("the webhook's address is not one of http or https")
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "redpencil"}
    if token:
        if not token.isascii() or not token.isprintable() or " " in token:
            raise UsageError("the webhook's token is not one that a header can hold")
        headers["Authorization"] = f"Bearer {token}"
    body = json.dumps(message(of), ensure_ascii=False).encode("utf-8", "replace")

    import requests

    try:
        with (
            _unlogged(),
            requests.Session() as session,
            session.post(
                url,
                data=body,
                headers=headers,
                auth=lambda request: request,  # or a .netrc would send a password along
                timeout=timeout,
                allow_redirects=False,
                stream=True,  # what it says is not read
            ) as answer,
        ):
            status = answer.status_code
    except requests.Timeout:
        raise SiteUnavailable(
            f"{host}: the webhook did not answer within {timeout:g} s", url=host, reason="time-out"
        ) from None
    except (requests.RequestException, ValueError, OSError):
        # What these say holds the address.
        raise SiteUnavailable(
            f"{host}: the webhook cannot be reached", url=host, reason="broken"
        ) from None
    if not 200 <= status < 300:
        raise WebError(f"{host}: the webhook answered with HTTP {status}", url=host)


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    """Keep urllib3 from writing the path of an address into a log for those who debug."""
    logger = logging.getLogger("urllib3.connectionpool")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
