"""Which wiki a name means, and who one is there; nothing is asked of any wiki."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.errors import UsageError
from bot.sites.mediawiki_address import account_at, addresses_of
from bot.sites.mediawiki_config import ConfigFile
from bot.sites.mediawiki_session import default_settings, embedded


@pytest.fixture
def pywikibot(tmp_path: Path) -> Any:
    return embedded(tmp_path / "state")


@pytest.fixture
def settings(pywikibot) -> dict[str, Any]:
    found = default_settings(pywikibot)
    found["family_files"]["ours"] = "http://127.0.0.1:8080/wiki/api.php"
    return found


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("wikipedia:de", "https://de.wikipedia.org/w/api.php"),
        ("wiktionary:fr", "https://fr.wiktionary.org/w/api.php"),
        ("commons", "https://commons.wikimedia.org/w/api.php"),
        ("commons:commons", "https://commons.wikimedia.org/w/api.php"),
        ("sv", "https://sv.wikipedia.org/w/api.php"),
        ("ours", "http://127.0.0.1:8080/wiki/api.php"),
        ("ours:ours", "http://127.0.0.1:8080/wiki/api.php"),
        ("en.wikipedia.org", "https://en.wikipedia.org/w/api.php"),
        ("127.0.0.1:9000", "https://127.0.0.1:9000/w/api.php"),
        ("https://wiki.example.org/", "https://wiki.example.org/w/api.php"),
        ("https://en.m.wikipedia.org/wiki/Some_page", "https://en.wikipedia.org/w/api.php"),
        ("https://x.example/deep/index.php?title=A", "https://x.example/deep/api.php"),
        ("https://x.example/deep/api.php?action=help", "https://x.example/deep/api.php"),
    ],
)
def test_the_likeliest_address_of_a_wiki(pywikibot, settings, site, expected):
    assert addresses_of(site, settings, pywikibot)[0] == expected


@pytest.mark.parametrize("site", ["wikipedia:xx-nothing", "wiktionary", "nothing", "nothing:en"])
def test_names_that_mean_no_wiki(pywikibot, settings, site):
    with pytest.raises(UsageError, match="name it by its address"):
        addresses_of(site, settings, pywikibot)


@pytest.mark.parametrize("site", ["nothing", "ours:nothing"])
def test_a_name_that_the_own_wiki_does_not_bear_means_no_wiki(pywikibot, settings, site):
    settings |= {"family": "ours", "mylang": "ours"}
    with pytest.raises(UsageError, match="pywikibot knows no wiki ours:nothing"):
        addresses_of(site, settings, pywikibot)


def test_without_a_name_it_is_the_one_of_the_settings_or_none(pywikibot, settings):
    with pytest.raises(UsageError, match="no wiki is named"):
        addresses_of("", settings, pywikibot)
    settings |= {"family": "wikipedia", "mylang": "cs"}
    assert addresses_of("", settings, pywikibot) == ("https://cs.wikipedia.org/w/api.php",)
    for language in ("ours", "en"):
        settings |= {"family": "ours", "mylang": language}
        assert addresses_of("", settings, pywikibot) == ("http://127.0.0.1:8080/wiki/api.php",)


@pytest.mark.parametrize(
    ("usernames", "address", "expected"),
    [
        ({"wikipedia": {"en": "A"}}, "https://en.wikipedia.org/w/api.php", "A"),
        ({"wikipedia": {"en": "A"}}, "https://de.wikipedia.org/w/api.php", None),
        ({"wikipedia": {"*": "all_of them"}}, "https://de.wikipedia.org/w/api.php", "All of them"),
        ({"wikipedia": {"*": "B", "de": "A"}}, "https://de.wikipedia.org/w/api.php", "A"),
        ({"wikipedia": {"en": "A"}}, "https://en.wiktionary.org/w/api.php", None),
        ({"ours": {"ours": "A"}}, "http://127.0.0.1:8080/wiki/api.php", "A"),
        ({"ours": {"ours": "A"}}, "http://127.0.0.1:8080/w/api.php", "A"),
        ({"ours": {"ours": "A"}}, "http://127.0.0.1:8081/wiki/api.php", None),
        ({"*": {"*": "A"}}, "https://en.wikipedia.org/w/api.php", "A"),
        ({"no such family": {"en": "A"}}, "https://en.wikipedia.org/w/api.php", None),
        ({}, "https://en.wikipedia.org/w/api.php", None),
    ],
)
def test_the_account_of_a_wiki(pywikibot, settings, usernames, address, expected):
    settings |= {"usernames": usernames, "family": "wikipedia"}
    found = account_at(address, settings, pywikibot, None)
    assert (found.name if found else None) == expected


@pytest.mark.parametrize("host", ["en.wikipedia.org", "*.wikipedia.org"])
def test_oauth_tokens_by_host(pywikibot, settings, tmp_path, host):
    settings |= {
        "usernames": {"wikipedia": {"*": "A"}},
        "authenticate": {host: ("a", "b", "c", "d")},
        "password_file": "never-looked-at",
    }
    (tmp_path / "user-config.py").touch(mode=0o600)
    file = ConfigFile(tmp_path / "user-config.py", pointed_to=True)
    account = account_at("https://en.wikipedia.org/w/api.php", settings, pywikibot, file)
    assert account is not None
    assert account.tokens == ("a", "b", "c", "d")
    assert account.has_secret
