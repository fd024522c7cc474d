"""What a wiki's refusals mean: one table from the API's error codes to Redpencil's errors.

This is the only border where they are translated. The code and the wiki's own words travel along
as `.code` and `.info`; the message says what happened, to which page, and what to do. A code that
is not in the table is a plain `WikiError`: it is never taken for something that passes by itself.

Codes: https://www.mediawiki.org/wiki/API:Errors_and_warnings, API:Edit#Possible_errors, API:Login.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bot.errors import EditRefused, NotAllowed, WikiError, WikiUnavailable


class Meaning(NamedTuple):
    """The class of an error, and the sentence that follows the name of the page or wiki."""

    kind: type[WikiError]
    sentence: str


# What never reached the wiki, or came back unreadable, has codes of ours.
NO_ANSWER = "no-answer"
REFUSED_CONNECTION = "no-connection"
NOT_JSON = "not-json"
HTTP_ERROR = "http-error"
RATE_LIMIT = "http-429"
ANSWER_LOST = ""  # nobody knows whether it was done
NO_PASSWORD = "no-password"  # noqa: S105 (a code, no password)
NO_PAGE = "missingtitle"
NO_REVISION = "nosuchrevid"

_OURS = {NO_ANSWER, REFUSED_CONNECTION, NOT_JSON, HTTP_ERROR, RATE_LIMIT, ANSWER_LOST}

_LATER = "try again later, or allow more time with --max-wait"
_ASK = "ask for the right, or leave the page alone"
_CHANGED = "read the page again and check it anew; nothing was saved"
_REWORD = "change the edit or leave the page alone; nothing was saved"

MEANINGS: dict[str, Meaning] = {
    # Passing trouble: worth another try later.
    NO_ANSWER: Meaning(WikiUnavailable, f"the wiki did not answer in time; {_LATER}"),
    REFUSED_CONNECTION: Meaning(
        WikiUnavailable, "the wiki cannot be reached; look at the address and the network"
    ),
    NOT_JSON: Meaning(
        WikiUnavailable,
        "what answers is no MediaWiki API (a login page of the network, or a wrong address?);"
        f" {_LATER}",
    ),
    HTTP_ERROR: Meaning(WikiUnavailable, f"the wiki's server failed; {_LATER}"),
    RATE_LIMIT: Meaning(WikiUnavailable, f"the wiki gets too many requests from here; {_LATER}"),
    ANSWER_LOST: Meaning(
        WikiUnavailable,
        "the answer was lost on its way; the page's history tells whether it was saved",
    ),
    "maxlag": Meaning(WikiUnavailable, f"the wiki's database lags behind; {_LATER}"),
    "readonly": Meaning(WikiUnavailable, f"the wiki is read-only for now; {_LATER}"),
    "ratelimited": Meaning(WikiUnavailable, f"this account makes too many edits; {_LATER}"),
    "actionthrottledtext": Meaning(WikiUnavailable, f"this account makes too many edits; {_LATER}"),
    "login-throttled": Meaning(
        WikiUnavailable, "too many log-ins; wait some minutes and try again"
    ),
    "Throttled": Meaning(WikiUnavailable, "too many log-ins; wait some minutes and try again"),
    "internal_api_error_DBConnectionError": Meaning(
        WikiUnavailable, f"the wiki lost its database; {_LATER}"
    ),
    "internal_api_error_DBQueryError": Meaning(
        WikiUnavailable, f"the wiki's database failed; {_LATER}"
    ),
    "internal_api_error_DBQueryTimeoutError": Meaning(
        WikiUnavailable, f"the wiki's database was too slow; {_LATER}"
    ),
    "internal_api_error_DBUnexpectedError": Meaning(
        WikiUnavailable, f"the wiki's database failed; {_LATER}"
    ),
    "internal_api_error_DBReadOnlyError": Meaning(
        WikiUnavailable, f"the wiki is read-only for now; {_LATER}"
    ),
    "failed-save": Meaning(WikiUnavailable, f"the wiki could not save; {_LATER}"),
    # Who we are.
    NO_PASSWORD: Meaning(
        NotAllowed, "there is no password for this account; see user-config.py.sample"
    ),
    "Failed": Meaning(
        NotAllowed,
        "the log-in failed: look at name, bot name and password in the password file",
    ),
    "FAIL": Meaning(NotAllowed, "the log-in failed: look at name and password"),
    "UI": Meaning(
        NotAllowed,
        "the log-in wants a second factor; make a bot password at Special:BotPasswords instead",
    ),
    "Aborted": Meaning(NotAllowed, "the wiki broke off the log-in; look at the account's password"),
    "NotExists": Meaning(NotAllowed, "there is no such account; look at the name"),
    "Illegal": Meaning(NotAllowed, "no account can have this name; look at the name"),
    "EmptyPass": Meaning(NotAllowed, "the password is empty; look at the password file"),
    "WrongPass": Meaning(NotAllowed, "the password is wrong; look at the password file"),
    "WrongToken": Meaning(NotAllowed, "the log-in was not accepted; try again"),
    "NeedToken": Meaning(NotAllowed, "the log-in was not accepted; try again"),
    "assertuserfailed": Meaning(NotAllowed, "the wiki does not see us as logged in; log in anew"),
    "assertnameduserfailed": Meaning(
        NotAllowed, "the wiki sees us as somebody else; look at the account's name"
    ),
    "assertbotfailed": Meaning(
        NotAllowed, "the account has no bot right, or its bot password lacks highvolume"
    ),
    "badtoken": Meaning(NotAllowed, "the wiki refuses our tokens; are cookies let through?"),
    "notloggedin": Meaning(NotAllowed, "one has to be logged in for this; name an account"),
    "readapidenied": Meaning(
        NotAllowed, "only members may read this wiki; name an account in user-config.py"
    ),
    "mwoauth-invalid-authorization": Meaning(
        NotAllowed, "the wiki refuses the four OAuth tokens; make new ones or look at them"
    ),
    "mwoauth-invalid-authorization-invalid-user": Meaning(
        NotAllowed, "the OAuth tokens belong to no account of this wiki"
    ),
    "mwoauth-invalid-authorization-wrong-user": Meaning(
        NotAllowed, "the OAuth tokens belong to another account"
    ),
    "mwoauth-invalid-authorization-blocked-user": Meaning(
        NotAllowed, "the account of the OAuth tokens is blocked"
    ),
    # What this account may not do.
    "blocked": Meaning(
        NotAllowed, "the account is blocked from editing; its talk page may say why"
    ),
    "autoblocked": Meaning(NotAllowed, "this internet address is blocked along with an account"),
    "globalblocking-blockedtext-user": Meaning(NotAllowed, "the account is blocked on all wikis"),
    "globalblocking-ipblocked": Meaning(
        NotAllowed, "this internet address is blocked on all wikis"
    ),
    "wikimedia-globalblocking-ipblocked": Meaning(
        NotAllowed, "this internet address is blocked on all wikis"
    ),
    "systemblocked": Meaning(NotAllowed, "the wiki blocks this internet address by its settings"),
    "permissiondenied": Meaning(
        NotAllowed, f"the account, or its bot password, may not do this; {_ASK}"
    ),
    "readonlytext": Meaning(WikiUnavailable, f"the wiki is read-only for now; {_LATER}"),
    "protectedpage": Meaning(NotAllowed, f"the page is protected; {_ASK}"),
    "protectedtitle": Meaning(NotAllowed, f"nobody may create this page; {_ASK}"),
    "cascadeprotected": Meaning(
        NotAllowed, f"the page is protected because a protected page includes it; {_ASK}"
    ),
    "protectednamespace": Meaning(NotAllowed, f"this namespace is protected; {_ASK}"),
    "protectednamespace-interface": Meaning(
        NotAllowed, f"only administrators edit the wiki's messages; {_ASK}"
    ),
    "protectedpage-interface": Meaning(
        NotAllowed, f"only administrators edit the wiki's messages; {_ASK}"
    ),
    "customcssprotected": Meaning(NotAllowed, "only its owner edits this style sheet"),
    "customjsprotected": Meaning(NotAllowed, "only its owner edits this script"),
    "customjsonprotected": Meaning(NotAllowed, "only its owner edits these data"),
    "cantcreate": Meaning(NotAllowed, f"the account may not create pages; {_ASK}"),
    "cantcreate-anon": Meaning(NotAllowed, "one has to be logged in to create pages"),
    "noedit": Meaning(NotAllowed, f"the account may not edit; {_ASK}"),
    "noedit-anon": Meaning(NotAllowed, "one has to be logged in to edit; name an account"),
    "writeapidenied": Meaning(NotAllowed, f"the account may not edit through the API; {_ASK}"),
    "noapiwrite": Meaning(NotAllowed, "this wiki does not let programs edit"),
    "nosuchuser": Meaning(NotAllowed, "there is no such account; look at the name"),
    "abusefilter-blocked": Meaning(NotAllowed, "an edit filter blocked the account; stop"),
    "abusefilter-degroup": Meaning(NotAllowed, "an edit filter took the account's rights; stop"),
    # What the wiki does not want to be saved.
    "abusefilter-warning": Meaning(
        EditRefused, "an edit filter warns; read its message and edit by hand if it is mistaken"
    ),
    "abusefilter-disallowed": Meaning(EditRefused, f"an edit filter refuses this edit; {_REWORD}"),
    "spamblacklist": Meaning(
        EditRefused, "the text links to an address on the wiki's blacklist; edit by hand"
    ),
    "spam": Meaning(EditRefused, "the wiki takes the text for spam; edit by hand"),
    "spamdetected": Meaning(EditRefused, "the wiki takes the text for spam; edit by hand"),
    "titleblacklist-forbidden": Meaning(
        EditRefused, "the wiki's title blacklist keeps this page from being edited"
    ),
    "titleblacklist-forbidden-edit": Meaning(
        EditRefused, "the wiki's title blacklist keeps this page from being edited"
    ),
    "captcha": Meaning(
        EditRefused, "the wiki asks for a captcha, which a person has to solve; edit by hand"
    ),
    "contenttoobig": Meaning(EditRefused, f"the page would be larger than allowed; {_REWORD}"),
    "hookaborted": Meaning(EditRefused, f"an extension of the wiki refuses the edit; {_REWORD}"),
    "parseerror": Meaning(EditRefused, f"the wiki cannot read the text; {_REWORD}"),
    "badmd5": Meaning(EditRefused, "the text was damaged on its way; try again"),
    "badtags": Meaning(EditRefused, "the wiki does not know the edit tag; remove it from the job"),
    "tags-apply-not-allowed-one": Meaning(
        EditRefused, "the account may not use this edit tag; remove it from the job"
    ),
    "tags-apply-no-permission": Meaning(EditRefused, "the account may not use edit tags"),
    "no-direct-editing": Meaning(EditRefused, "pages of this content model cannot be edited"),
    "contentmodelcannotbeeditedwithuserlang": Meaning(
        EditRefused, "pages of this content model cannot be edited"
    ),
    "emptypage": Meaning(EditRefused, "the page would be empty"),
    "unicodecheck": Meaning(EditRefused, "the text was damaged on its way; try again"),
    # The page is not what it was.
    "editconflict": Meaning(WikiError, f"somebody else changed the page; {_CHANGED}"),
    "articleexists": Meaning(WikiError, f"somebody else has created the page; {_CHANGED}"),
    "pagedeleted": Meaning(WikiError, f"the page was deleted meanwhile; {_CHANGED}"),
    NO_PAGE: Meaning(WikiError, "there is no such page; look at the spelling"),
    NO_REVISION: Meaning(WikiError, "there is no such revision, or it was deleted"),
    "hiddenrevision": Meaning(NotAllowed, "the text of this revision is hidden"),
    "redirect-circle": Meaning(WikiError, "the page redirects to itself; mend it by hand"),
    "nosuchpageid": Meaning(WikiError, "there is no page of this number"),
    "nosuchsection": Meaning(WikiError, f"the page has no such section; {_CHANGED}"),
    "sectionsnotsupported": Meaning(WikiError, "pages of this kind have no sections"),
    "invalidtitle": Meaning(WikiError, "no page can have this title"),
    "undofailure": Meaning(WikiError, "later edits stand in the way of undoing this one"),
    "revwrongpage": Meaning(WikiError, "the revision belongs to another page"),
}


def words_of(error: object) -> str:
    """What the wiki says in an error of an answer: in plain text, with the reason somebody gave."""
    if not isinstance(error, Mapping):
        return str(error)
    said = str(error.get("text") or error.get("info") or "")
    data = error.get("data", error)
    reason = data.get("readonlyreason") or data.get("blockinfo", {}).get("blockreason") or ""
    return f"{said} {reason}".strip()


def wiki_error(
    code: str, info: str = "", *, where: str = "", retry_after: float | None = None
) -> WikiError:
    """The error that an API code means; `where` is the page or the wiki it is about.

    The message ends with what the wiki itself said, if that adds anything.
    """
    meaning = MEANINGS.get(code)
    if meaning is None and code.startswith("abusefilter-"):
        meaning = MEANINGS["abusefilter-disallowed"]
    if meaning is None and code.startswith("mwoauth-"):
        meaning = MEANINGS["mwoauth-invalid-authorization"]
    if meaning is None and code.startswith("titleblacklist-"):
        meaning = MEANINGS["titleblacklist-forbidden"]
    if meaning is None:
        meaning = Meaning(WikiError, f"the wiki refused ({code})")
    place = f"{where}: " if where else ""
    # Codes of ours are about what never came from the wiki itself.
    words = f" (the wiki says: {info})" if code not in _OURS else f" ({info})"
    words = words if info else ""
    message = f"{place}{meaning.sentence}{words}"
    if issubclass(meaning.kind, WikiUnavailable):
        return meaning.kind(message, code=code, info=info, retry_after=retry_after)
    return meaning.kind(message, code=code, info=info)


# What pywikibot raises by itself, by the name of the class; the code that it stands for.
PYWIKIBOT: dict[str, str] = {
    "AbuseFilterDisallowedError": "abusefilter-disallowed",
    "ApiTimeoutError": NO_ANSWER,
    "ArticleExistsConflictError": "articleexists",
    "AutoblockUserError": "autoblocked",
    "CaptchaError": "captcha",
    "CascadeLockedPageError": "cascadeprotected",
    "CircularRedirectError": "redirect-circle",
    "ConnectionError": REFUSED_CONNECTION,
    "EditConflictError": "editconflict",
    "FatalServerError": REFUSED_CONNECTION,
    "HiddenKeyError": "hiddenrevision",
    "InvalidTitleError": "invalidtitle",
    "LockedNoPageError": "protectedtitle",
    "LockedPageError": "protectedpage",
    "MaxlagTimeoutError": "maxlag",
    "NoCreateError": NO_PAGE,
    "NoPageError": NO_PAGE,
    "NoUsernameError": "Failed",
    "PageCreatedConflictError": "articleexists",
    "PageDeletedConflictError": "pagedeleted",
    "Server504Error": HTTP_ERROR,
    "ServerError": HTTP_ERROR,
    "SiteDefinitionError": NOT_JSON,
    "SpamblacklistError": "spamblacklist",
    "TitleblacklistError": "titleblacklist-forbidden",
    "UserRightsError": "permissiondenied",
}


def error_of_pywikibot(wrong: BaseException, where: str) -> WikiError:
    """The error that something raised by pywikibot means, looked up by its class or its code."""
    code = getattr(wrong, "code", None)
    if isinstance(code, str) and code:
        return wiki_error(code, str(getattr(wrong, "info", "")), where=where)
    reason = getattr(wrong, "reason", None)
    if isinstance(reason, BaseException):  # OtherPageSaveError wraps what happened
        return error_of_pywikibot(reason, where)
    for kind in type(wrong).__mro__:
        if kind.__name__ in PYWIKIBOT:
            return wiki_error(PYWIKIBOT[kind.__name__], str(wrong), where=where)
    return wiki_error(type(wrong).__name__, str(wrong), where=where)
