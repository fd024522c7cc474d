"""Every refusal that is known from a real wiki, and from pywikibot, says what to do."""

from __future__ import annotations

import pytest

from bot.errors import EditRefused, NotAllowed, WikiError, WikiUnavailable
from bot.sites import mediawiki_errors
from bot.sites.mediawiki_errors import MEANINGS, PYWIKIBOT, error_of_pywikibot, wiki_error
from bot.sites.mediawiki_session import embedded

#: https://www.mediawiki.org/wiki/API:Edit#Possible_errors and what a real 1.39 answers.
KINDS = {
    WikiUnavailable: "maxlag readonly ratelimited actionthrottledtext failed-save"
    " internal_api_error_DBQueryError internal_api_error_DBConnectionError",
    NotAllowed: "blocked autoblocked protectedpage protectedtitle cascadeprotected"
    " protectednamespace protectednamespace-interface permissiondenied noedit noedit-anon"
    " cantcreate cantcreate-anon writeapidenied readapidenied assertuserfailed"
    " assertnameduserfailed assertbotfailed badtoken notloggedin Failed Aborted"
    " mwoauth-invalid-authorization mwoauth-something-new customjsprotected customcssprotected",
    EditRefused: "abusefilter-warning abusefilter-disallowed abusefilter-something spamblacklist"
    " titleblacklist-forbidden titleblacklist-forbidden-move captcha contenttoobig hookaborted"
    " badmd5 badtags no-direct-editing unicodecheck",
    WikiError: "editconflict articleexists pagedeleted missingtitle nosuchsection nosuchrevid"
    " invalidtitle undofailure revwrongpage never-heard-of",
}


@pytest.mark.parametrize(
    ("kind", "code"), [(kind, code) for kind, codes in KINDS.items() for code in codes.split()]
)
def test_a_code_means_one_kind_of_error(kind, code):
    error = wiki_error(code, "Its own words.", where="the.wiki, 'Page'")
    assert type(error) is kind
    assert (error.code, error.info) == (code, "Its own words.")
    assert str(error).startswith("the.wiki, 'Page': ")
    assert str(error).endswith("(the wiki says: Its own words.)")


def test_only_what_passes_by_itself_is_worth_another_try():
    passing = {code for code, (kind, _) in MEANINGS.items() if kind is WikiUnavailable}
    assert not passing & {"editconflict", "abusefilter-warning", "captcha", "protectedpage"}
    assert type(wiki_error("whatever")) is WikiError


def test_every_sentence_is_one_sentence_for_a_person():
    for code, (_, sentence) in MEANINGS.items():
        assert sentence == sentence.strip(), code
        assert not sentence.endswith("."), code
        assert len(sentence) < 160, code


def test_every_save_error_of_pywikibot_is_known(tmp_path):
    exceptions = embedded(tmp_path).exceptions
    save_errors = set(descendants(exceptions.PageSaveRelatedError))
    assert len(save_errors) >= 12
    # The one that wraps another error is told by what it wraps.
    unknown = {kind.__name__ for kind in save_errors} - PYWIKIBOT.keys() - {"OtherPageSaveError"}
    assert unknown == set()
    assert set(PYWIKIBOT.values()) <= MEANINGS.keys()


def descendants(kind: type) -> list[type]:
    return [each for one in kind.__subclasses__() for each in (one, *descendants(one))]


def test_errors_of_pywikibot_are_told_by_code_by_cause_or_by_class(tmp_path):
    exceptions = embedded(tmp_path).exceptions
    blocked = exceptions.APIError("blocked", "You are blocked.")
    assert type(error_of_pywikibot(blocked, "w")) is NotAllowed
    assert error_of_pywikibot(blocked, "w").info == "You are blocked."
    lag = exceptions.MaxlagTimeoutError("lagging")
    assert error_of_pywikibot(lag, "w").code == "maxlag"
    assert type(error_of_pywikibot(exceptions.ServerError("503"), "w")) is WikiUnavailable
    assert type(error_of_pywikibot(ConnectionError("no"), "w")) is WikiUnavailable
    assert type(error_of_pywikibot(exceptions.SectionError("x"), "w")) is WikiError


def test_codes_of_ours_do_not_put_words_into_the_wikis_mouth():
    ours = wiki_error(mediawiki_errors.NO_ANSWER, "time-out")
    assert str(ours).endswith("(time-out)")
