"""Saving with four bots against a rival on a wiki of this machine; harm counted in histories."""

from __future__ import annotations

import json
import logging
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, NamedTuple

import click
import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mediawiki.instance import BOT, Instance

BOTS = 4
LOOKED_AT = 10
RIGHT, WRONG = "1 March 2016", "2 May 2017"
TODAY = date(2026, 11, 23)
UNDID = re.compile(r"Redpencil: undid its own revision (\d+)")
CASE = re.compile(r"a\.example/(\d+) \|archive-date=([^|}]*)\}\}")
PARAGRAPH_END = re.compile(r"(?<=[.>])$", re.MULTILINE)
HEADING = re.compile(r"^== (.*) ==$", re.MULTILINE)


class Raw:
    """An account at the API, in the plainest way."""

    def __init__(self, url: str, account: dict[str, Any]) -> None:
        self.url = f"{url}/api.php"
        self.session = requests.Session()
        bot = account["bot_passwords"]["redpencil"]
        token = self.ask(action="query", meta="tokens", type="login")["query"]["tokens"]
        self.ask(
            action="login",
            lgname=f"{account['name']}@redpencil",
            lgpassword=bot["password"],
            lgtoken=token["logintoken"],
        )
        self.token = self.ask(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]

    def ask(self, **fields: object) -> dict[str, Any]:
        """What the API answers."""
        data = {"format": "json", "formatversion": 2, **fields}
        answer: dict[str, Any] = self.session.post(self.url, data=data, timeout=60).json()
        return answer

    def revisions(self, title: str, limit: int = 50) -> Iterator[dict[str, Any]]:
        """The revisions of a page with their texts, the latest first."""
        more: dict[str, Any] = {}
        while True:
            answer = self.ask(
                action="query",
                prop="revisions",
                titles=title,
                rvprop="ids|user|comment|content",
                rvslots="main",
                rvlimit=limit,
                **more,
            )
            yield from answer["query"]["pages"][0].get("revisions", ())
            if "continue" not in answer or limit == 1:
                return
            more = answer["continue"]

    def edit(self, title: str, text: str, **more: object) -> bool:
        """Save a text; whether the wiki did."""
        answer = self.ask(action="edit", title=title, text=text, token=self.token, **more)
        return bool(answer.get("edit", {}).get("result") == "Success")


def text_of(numbers: list[int]) -> str:
    """A page with one wrong date in each of its sections."""
    sections = [
        f"== Case {number} ==\nA sentence.<ref>{{{{cite web |url=https://a.example/{number}"
        f" |title=T |archive-url=https://web.archive.org/web/20160301000000/https://a.example/"
        f"{number} |archive-date={WRONG}}}}}</ref>\n\nAnother paragraph.\n"
        for number in numbers
    ]
    return "Lead.\n\n" + "\n".join(sections)


# The editors, each in a process of its own


def redpencil(url: str, folder: Path, jobs: list[tuple[str, int]]) -> dict[str, Any]:
    """Look, approve and save, until every job is saved."""
    from bot.checker import choose_checks
    from bot.saving.outcomes import Conflict, Saved
    from bot.saving.policy import Policy
    from bot.saving.saver import Saver
    from bot.sites.mediawiki import Pace, connect
    from bot.sites.mediawiki_config import ConfigFile
    from bot.store import Store

    config = ConfigFile(folder / "user-config.py", pointed_to=True)
    wiki = connect(f"{url}/api.php", config, state=folder / "state", pace=Pace(between_edits=0.0))
    checking: dict[str, Any] = {"today": TODAY, "only": choose_checks(["archive-date-mismatch"])}
    policy = Policy(per_minute=10**6, per_run=10**6, per_page=10**6)
    saved, counts = [], Counter[str]()
    with Store(folder / "queue.sqlite") as store, Saver(wiki, store, policy=policy) as saver:
        for batch in _batches(jobs):
            looked_at = [wiki.fetch(title) for title, _ in batch]
            for (title, number), page in zip(batch, looked_at, strict=True):
                for _ in range(100):
                    outcome = saver.save(page, _approved(page, number, checking), **checking)
                    counts[type(outcome).__name__] += 1
                    if isinstance(outcome, Saved):
                        counts["merged"] += outcome.merged
                        saved.append((title, number, outcome.revision))
                        break
                    if not isinstance(outcome, Conflict):
                        raise SystemExit(f"{outcome}")
                    page = wiki.fetch(title)
                else:
                    raise SystemExit(f"{title}, case {number}: 100 conflicts in a row")
    return {"saved": saved, "counts": counts}


def _batches(jobs: list[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    """A person looks at some pages first, and what was approved is saved then."""
    for start in range(0, len(jobs), LOOKED_AT):
        yield jobs[start : start + LOOKED_AT]


def _approved(page: Any, number: int, checking: dict[str, Any]) -> list[Any]:
    """The fix of one case's date, with its finding."""
    from bot.checker import check_page

    (finding,) = (
        finding
        for finding in check_page(page, **checking).findings
        if f"a.example/{number} " in page.text[finding.span.start - 40 : finding.span.end + 40]
    )
    return [(finding, finding.fixes[0])]


def pywikibot(url: str, folder: Path, jobs: list[tuple[str, int]]) -> dict[str, Any]:
    """The same with pywikibot alone: read the page, replace the words, Page.save()."""
    import os

    os.environ["PYWIKIBOT_DIR"] = str(folder)
    sys.argv = sys.argv[:1]
    import pywikibot as plain

    plain.bot.init_handlers()
    logging.getLogger("pywiki").setLevel(logging.ERROR)

    site = plain.Site()
    site.login()
    saved, counts = [], Counter[str]()
    for batch in _batches(jobs):
        looked_at = [plain.Page(site, title) for title, _ in batch]
        for page in looked_at:
            page.get()
        for (title, number), page in zip(batch, looked_at, strict=True):
            old, new = (f"a.example/{number} |archive-date={day}" for day in (WRONG, RIGHT))
            for _ in range(100):
                page.text = page.text.replace(old, new)
                try:
                    page.save(f"case {number}", quiet=True)
                except plain.exceptions.EditConflictError:
                    counts["Conflict"] += 1
                    page = plain.Page(site, title)
                    page.get()
                    continue
                counts["Saved"] += 1
                saved.append((title, number, page.latest_revision_id))
                break
    return {"saved": saved, "counts": counts}


def rival(url: str, account: dict[str, Any], titles: list[str], stop: Path) -> dict[str, Any]:
    """Somebody who writes in any section, puts new ones in, and is careful with his own edits."""
    dice = random.Random(7)
    raw = Raw(url, account)
    written: list[tuple[str, str]] = []
    while not stop.exists():
        title, word = dice.choice(titles), f"Rival {len(written)}."
        now = next(raw.revisions(title, limit=1))
        text = now["slots"]["main"]["content"]
        place = dice.choice([match.start() for match in PARAGRAPH_END.finditer(text)])
        change = dice.choice([f" {word}", f"\n\n== Case {dice.randrange(1000)} ==\n{word}"])
        changed = text[:place] + change + text[place:]
        if raw.edit(title, changed, baserevid=now["revid"], nocreate=1, summary="rival"):
            written.append((title, word))
        sleep(0.02)
    return {"written": written}


EDITORS: dict[str, Callable[..., dict[str, Any]]] = {
    "redpencil": redpencil,
    "pywikibot": pywikibot,
    "rival": rival,
}


# What they did to the pages


class Harm(NamedTuple):
    """Counted in the page histories."""

    lost: int
    double: int
    wrong_section: int
    taken_back: int


def harm(raw: Raw, titles: list[str], saved: list[list[Any]], written: list[list[str]]) -> Harm:
    """What the bots' revisions did beyond what was approved.

    An edit is lost when a bot's revision changes anything but one wrong date into the right one,
    when a revision that was reported as saved is not there, or when words of the rival's are gone.
    """
    lost = double = wrong_section = taken_back = 0
    mended: Counter[int] = Counter()
    known: dict[int, str] = {}
    latest: dict[str, str] = {}
    for title in titles:
        history = list(raw.revisions(title))
        texts = {one["revid"]: one["slots"]["main"]["content"] for one in history}
        parents = {one["revid"]: one["parentid"] for one in history}
        latest[title] = texts[history[0]["revid"]]
        for one in history:
            if one["user"] != BOT or not one["parentid"]:
                continue
            before, after = texts[one["parentid"]], texts[one["revid"]]
            known[one["revid"]] = title
            undone = UNDID.match(one["comment"])
            if undone:
                # A merge by the wiki that was taken back at once must leave what was there before.
                number = parents.get(int(undone[1]), -1)
                lost += after != texts.get(number)
                were, are = dict(CASE.findall(before)), dict(CASE.findall(after))
                mended.subtract(int(n) for n, day in were.items() if day != are.get(n))
                taken_back += 1
                continue
            were = dict(CASE.findall(before))
            changed = [n for n, day in CASE.findall(after) if were.get(n) == WRONG and day == RIGHT]
            expected = before
            for number in changed:
                old, new = (f"a.example/{number} |archive-date={day}" for day in (WRONG, RIGHT))
                expected = expected.replace(old, new)
                place = after.index(new)
                heading = HEADING.findall(after[:place])[-1]
                wrong_section += heading != f"Case {number}"
                mended[int(number)] += 1
            lost += len(changed) != 1 or expected != after
    double = sum(count - 1 for count in mended.values())
    lost += sum(known.get(revision) != title for title, _, revision in saved)
    lost += sum(word not in latest[title] for title, word in written)
    lost += sum(f"a.example/{n} |archive-date={RIGHT}" not in latest[t] for t, n, _ in saved)
    return Harm(lost, double, wrong_section, taken_back)


def race(kind: str, saves: int, pages: int) -> tuple[Harm, float, Counter[str], int]:
    """One race on a fresh wiki: what harm was done, in what time, with which outcomes."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        instance = Instance(folder / "wiki")
        url = instance.up(0).url
        stack.callback(instance.delete)
        accounts = {who: {**each, "name": who} for who, each in instance.accounts.items()}
        raw = Raw(url, accounts["Admin"])
        titles = [f"Page {number}" for number in range(pages)]
        for number, title in enumerate(titles):
            raw.edit(title, text_of(list(range(number, saves, pages))))
        jobs = [(titles[number % pages], number) for number in range(saves)]
        random.Random(3).shuffle(jobs)
        stop = folder / "stop"
        others = {"account": accounts["PlainUser"], "titles": titles, "stop": str(stop)}
        rival = _started("rival", url, others)
        started = perf_counter()
        bots = []
        for number in range(BOTS):
            own = folder / f"bot {number}"
            own.mkdir()
            for file in ("user-config.py", "user-password.py"):
                (own / file).write_text((instance.folder / file).read_text())
                (own / file).chmod(0o600)
            with (own / "user-config.py").open("a") as config:
                config.write("minthrottle = 0\nmaxthrottle = 1\n")
            bots.append(_started(kind, url, {"folder": str(own), "jobs": jobs[number::BOTS]}))
        results = [_answer(bot) for bot in bots]
        seconds = perf_counter() - started
        stop.touch()
        written = _answer(rival)["written"]
        saved = [each for result in results for each in result["saved"]]
        counts = sum((Counter(result["counts"]) for result in results), Counter[str]())
        return harm(raw, titles, saved, written), seconds, counts, len(written)


def _started(kind: str, url: str, what: dict[str, Any]) -> subprocess.Popen[str]:
    program = subprocess.Popen(
        [sys.executable, "-P", __file__, "--editor", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdin
    program.stdin.write(json.dumps({"url": url, **what}))
    program.stdin.close()
    return program


def _answer(program: subprocess.Popen[str]) -> dict[str, Any]:
    assert program.stdout
    answer = program.stdout.read()
    program.stdout.close()
    if program.wait():
        raise SystemExit("an editor broke off; see above")
    found: dict[str, Any] = json.loads(answer)
    return found


def _edit(kind: str) -> None:
    what = json.load(sys.stdin)
    for key in ("folder", "stop"):
        if key in what:
            what[key] = Path(what[key])
    print(json.dumps(EDITORS[kind](**what)))


@click.command()
@click.option("--saves", default=1000, show_default=True, help="How many fixes are approved.")
@click.option("--pages", default=50, show_default=True, help="On how many pages they stand.")
@click.option("--editor", type=click.Choice(sorted(EDITORS)), hidden=True)
def live(saves: int, pages: int, editor: str | None) -> None:
    """Save with four bots of one account while a rival edits the same pages.

    The same is done with pywikibot's own Page.save. What was lost, saved twice or put into a wrong
    section is counted in the page histories. Status 1 when Redpencil did any of it.
    """
    if editor:
        _edit(editor)
        return
    status = 0
    click.echo(
        f"{saves:,} saves on {pages} pages, {BOTS} bots of one account and a rival\n\n"
        f"{'':<12}{'lost edits':>11}{'double saves':>14}{'wrong sections':>16}"
        f"{'saves/s':>9}{'conflicts':>11}{'merged':>8}{'taken back':>12}{'rival':>7}"
    )
    for kind in ("redpencil", "pywikibot"):
        done, seconds, counts, written = race(kind, saves, pages)
        click.echo(
            f"{kind:<12}{done.lost:>11}{done.double:>14}{done.wrong_section:>16}"
            f"{counts['Saved'] / seconds:>9.1f}{counts['Conflict']:>11}{counts['merged']:>8}"
            f"{done.taken_back:>12}{written:>7}"
        )
        if kind == "redpencil" and (any(done[:3]) or counts["Saved"] != saves):
            status = 1
    raise SystemExit(status)


if __name__ == "__main__":
    live()
