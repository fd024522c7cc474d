"""What goes over the wire to a wiki's api.php and what comes back: fields, JSON, errors.

An answer is either what was asked for or a WikiError; what is neither (no JSON, half of it) is an
error too. Nothing here sends anything, waits, or tries again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bot.errors import WikiError
from bot.sites import mediawiki_errors as errors
from bot.sites.mediawiki_errors import wiki_error
from bot.sites.mediawiki_session import Answer, NoAnswer

logger = logging.getLogger(__name__)

# Actions that change nothing and may be sent again. All others are taken for changes.
READING = {"query", "parse", "compare", "paraminfo", "expandtemplates", "login", "clientlogin"}


def encoded(fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields as the API wants them; https://www.mediawiki.org/wiki/API:Data_formats."""
    written: dict[str, str] = {}
    for name, value in fields.items():
        if value is None or value is False:
            continue
        if value is True:
            written[name] = "1"
        elif isinstance(value, list | tuple):
            texts = [str(each) for each in value]
            separator = "\x1f" if any("|" in text for text in texts) else "|"
            written[name] = ("\x1f" if separator == "\x1f" else "") + separator.join(texts)
        else:
            written[name] = str(value)
    return written


def read(answer: Answer, action: str, where: str) -> dict[str, Any]:
    """The JSON of the answer to an action; `where` names the wiki and page in errors.

    Raises the WikiError that the answer is. When a change was asked for and nothing clear came
    back, its code is ANSWER_LOST.
    """
    writing = action not in READING
    retry_after = _seconds(answer.retry_after)
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        what = f"HTTP {answer.status}"
        if answer.status == 429:
            raise wiki_error(errors.RATE_LIMIT, what, where=where, retry_after=retry_after)
        if 400 <= answer.status < 500 and answer.status != 408:
            raise wiki_error(f"http-{answer.status}", where=where)
        code = errors.HTTP_ERROR if answer.status >= 400 else errors.NOT_JSON
        if writing:
            code = errors.ANSWER_LOST
        raise wiki_error(code, what, where=where, retry_after=retry_after)
    for warning in found.get("warnings") or ():
        logger.info("%s warns: %s", where, warning)
    if "errors" in found or "error" in found:
        wrong = found.get("errors") or [found["error"]]
        code = str(wrong[0].get("code", ""))
        info = "; ".join(filter(None, map(errors.words_of, wrong)))
        if writing and code.startswith("internal_api_error_"):
            code = errors.ANSWER_LOST
        raise wiki_error(code, info, where=where, retry_after=retry_after)
    outcome = found.get(action)
    if isinstance(outcome, dict) and outcome.get("result") == "Failure":
        code = "captcha" if "captcha" in outcome else str(outcome.get("code", "failure"))
        raise wiki_error(code, str(outcome.get("info", "")), where=where)
    return found


def unanswered(wrong: NoAnswer, action: str, where: str) -> WikiError:
    """The error that no answer to an action is; ANSWER_LOST for a change that may be made."""
    code = errors.NO_ANSWER if wrong.sent else errors.REFUSED_CONNECTION
    if wrong.sent and action not in READING:
        code = errors.ANSWER_LOST
    return wiki_error(code, str(wrong), where=where)


def _seconds(retry_after: str) -> float | None:
    """How long Retry-After asks to wait (RFC 9110, 10.2.3: seconds or a date)."""
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
