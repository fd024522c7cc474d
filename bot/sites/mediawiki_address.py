"""Which wiki a name means, and who one is there: pywikibot's families and accounts, looked up.

A wiki is named by an address, by its host, or as pywikibot names it ("wikipedia:en", "commons").
The account is the one that user-config.py names for the wiki at that host, whatever the family is
called. Nothing is asked of any wiki.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from bot.errors import UsageError
from bot.sites.mediawiki_config import (
    Account,
    ConfigFile,
    password_of,
    refuse_open_secrets_beside,
)
from bot.target import parse


def addresses_of(site: str, settings: Mapping[str, Any], pywikibot: Any) -> tuple[str, ...]:
    """Where the api.php of a site may be, likeliest first."""
    if not site:
        family, code = settings["family"], settings["mylang"]
        if (family, code) == ("wikipedia", "test"):  # what pywikibot is without any settings
            raise UsageError(
                "no wiki is named: write the page's address, or name the wiki with --site,"
                " or set family and mylang in user-config.py"
            )
        if code not in _hosts(family, settings, pywikibot):
            code = family  # a family of one wiki, whatever the language of the settings
        return (_family_address(family, code, settings, pywikibot),)
    if "://" in site:
        if site.partition("?")[0].endswith("/api.php"):
            return (site.partition("?")[0],)
        page = parse(site if urlsplit(site).path.strip("/") else f"{site.rstrip('/')}/wiki/Main")
        return page.apis
    family, _, code = site.partition(":")
    known = settings["family_files"]
    if family in known and (code or "." not in site):
        return (_family_address(family, code or family, settings, pywikibot),)
    if "." in site or code.isdecimal():
        return parse(f"https://{site}/wiki/Main").apis
    if settings["family"] in known:
        return (_family_address(settings["family"], site, settings, pywikibot),)
    raise UsageError(f"there is no wiki {site!r}; name it by its address, or family:code")


def _family_address(family: str, code: str, settings: Mapping[str, Any], pywikibot: Any) -> str:
    """The api.php of a wiki by pywikibot's names for it."""
    hosts = _hosts(family, settings, pywikibot)
    if code not in hosts:
        raise UsageError(f"pywikibot knows no wiki {family}:{code}; name it by its address")
    return hosts[code]


def _hosts(family: str, settings: Mapping[str, Any], pywikibot: Any) -> dict[str, str]:
    """Code to the address of api.php for every wiki of a family of pywikibot's."""
    place = str(settings["family_files"].get(family, ""))
    if place.startswith(("http://", "https://")):
        path = urlsplit(place).path
        return {family: place if path.endswith("/api.php") else urljoin(place, "/w/api.php")}
    if not place:
        return {}
    pywikibot.config.family_files[family] = place
    try:
        loaded = pywikibot.family.Family.load(family)
    except pywikibot.exceptions.UnknownFamilyError:
        return {}
    return {
        code: f"{loaded.protocol(code)}://{host}{loaded.scriptpath(code)}/api.php"
        for code, host in loaded.langs.items()
        if host
    }


def account_at(
    address: str, settings: Mapping[str, Any], pywikibot: Any, config: ConfigFile | None
) -> Account | None:
    """The account of user-config.py for the wiki at this address, with its secret."""
    wanted = urlsplit(address).netloc
    anywhere = settings["usernames"].get("*", {})
    for family, names in [*settings["usernames"].items(), (settings["family"], anywhere)]:
        if not names or family == "*":
            continue
        for code, host in _hosts(family, settings, pywikibot).items():
            if urlsplit(host).netloc != wanted:
                continue
            name = names.get(code) or names.get("*") or anywhere.get(code) or anywhere.get("*")
            if name:
                return _with_secret(str(name), wanted, family, code, settings, config)
    return None


def _with_secret(
    name: str,
    host: str,
    family: str,
    code: str,
    settings: Mapping[str, Any],
    config: ConfigFile | None,
) -> Account:
    name = name.replace("_", " ").strip()
    name = name[:1].upper() + name[1:]
    tokens: tuple[str, ...] = ()
    labels = host.split(".")
    for pattern in (host, *(".".join(("*", *labels[i:])) for i in range(1, len(labels)))):
        found = settings["authenticate"].get(pattern, ())
        if len(found) == 4:
            tokens = tuple(map(str, found))
            break
    if tokens:
        if config is not None:
            refuse_open_secrets_beside(config, (tokens[1], tokens[3]))
        return Account(name, name, tokens=tokens)
    login, password = password_of(name, family, code, settings["password_file"], config)
    return Account(name, login, password)
