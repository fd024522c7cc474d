"""Whether what a human approved still stands: on the page as it is now, and in what became of it.

An approved edit stands where its section reads as it did and its finding is still found; between
two revisions it is carried over (`bot.saving.rebase`), never fitted in. Nothing here merges two
texts, looks for similar words, or saves; in doubt it does not stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot import fixes
from bot.checker import check_page, look_again
from bot.errors import StaleEdit
from bot.model import Edit, Finding, Fix, Page, Report
from bot.saving import rebase
from bot.saving.plan import Pick, Plan, Task
from bot.saving.reading import Reader, Revision, stored


def carried_to(
    seen: Revision, task: Task, reader: Reader
) -> tuple[tuple[Edit, ...], Report | None]:
    """The approved edits as edits of the page as it is now, and what the checks say of it.

    No edits are left when the page reads as approved already. Raises StaleEdit when what was
    approved no longer stands, WikiError when the revision it was approved of cannot be asked for.
    """
    page = task.page
    report = _checked(task, seen) if task.picks else None
    if seen.id == page.revision and seen.text == page.text:
        if report is None:
            return task.edits, None
        return carried(task.picks, task.edits, page.text, report)
    base = reader.revision(page.revision or 0)
    if base is None:
        raise StaleEdit("the revision that was looked at has been deleted")
    if base.text != page.text:
        raise StaleEdit(f"revision {base.id} reads otherwise than the text approved")
    if base.page_id != seen.page_id:
        raise StaleEdit(f"the page was moved to [[{base.title}]], and another one stands there now")
    if stored(seen.text) == stored(fixes.apply(page.text, task.edits)):
        return (), report
    if report is None:
        raise StaleEdit("somebody edited the page meanwhile")
    return carried(task.picks, task.edits, page.text, report)


def carried(
    picks: Sequence[Pick], edits: Sequence[Edit], text: str, report: Report
) -> tuple[tuple[Edit, ...], Report]:
    """The edits approved on a text as edits of the report's page, and the report with what was
    approved as the fixes of its findings.

    Raises StaleEdit when the page is another text, and a section that is edited reads otherwise or
    a finding is not found any more.
    """
    if text == report.page.text:
        return tuple(edits), _approved(report, _still_found(picks, report))
    moved = rebase.by_section(text, report.page.text, edits)
    chosen = _still_found(picks, report, text, rebase.by_section)
    return moved, _approved(report, chosen)


def objection(
    task: Task, report: Report | None, edits: Sequence[Edit], text: str, reader: Reader
) -> str:
    """What would be wrong with the text that is to be saved; '' when nothing is.

    `report` and `edits` are those of `carried_to`. Raises WikiError.
    """
    if report is not None:
        applied = fixes.apply(report.page.text, edits)
        wrong = look_again(report, edits, applied, **task.checking)
        if wrong:
            return f"the result would not be good ({'; '.join(wrong)}); edit it by hand"
    if reader.rewrites(task.page.title, text):
        return (
            "the wiki would rewrite more of the page while saving it (a signature, a"
            " subst: or a pipe trick stands there); edit it by hand"
        )
    return ""


def difference(plan: Plan, saved: Revision, reader: Reader) -> tuple[str, bool]:
    """How a saved text differs from what was approved ('' for not), and whether it is merged.

    MediaWiki joins an edit with one made since its base, if their lines do not meet, and says
    nothing. That is right only if the approved edits stand in the other's text as they stood
    in ours, and what they mend is still wrong there. Raises WikiError.
    """
    if saved.page_id != plan.page_id:
        return "the page was moved, and another one made in its place", True
    if saved.parent == plan.base:
        same = saved.text == plan.text
        return "" if same else "the wiki saved another text than it was given", False
    parent = reader.revision(saved.parent)
    if parent is None:
        return "the wiki joined the edit with one that cannot be read", True
    task = plan.task
    try:
        edits = _carried(plan.before, parent.text, plan.edits)
        if stored(fixes.apply(parent.text, edits)) != saved.text:
            raise StaleEdit("the wiki joined the two in another way than expected")
        if task is not None and task.picks:
            report = _checked(task, parent)
            chosen = _still_found(task.picks, report, task.page.text, _carried)
            wrong = look_again(_approved(report, chosen), edits, saved.text, **task.checking)
            if wrong:
                raise StaleEdit("; ".join(wrong))
    except StaleEdit as stale:
        return f"somebody edited the page at the same moment: {stale}", True
    return "", True


def _checked(task: Task, seen: Revision) -> Report:
    page = Page(seen.title, seen.text, task.page.source, revision=seen.id)
    return check_page(page, **task.checking)


_Carry = Callable[[str, str, Sequence[Edit]], tuple[Edit, ...]]


def _carried(before: str, after: str, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits on a text that somebody changed elsewhere, by section or else by line."""
    try:
        return rebase.by_section(before, after, edits)
    except StaleEdit:
        return rebase.by_line(before, after, edits)


def _still_found(
    picks: Sequence[Pick], report: Report, text: str | None = None, carry: _Carry | None = None
) -> dict[Finding, Fix]:
    """The approved findings as the report has them, each with the approved fix.

    With the `text` they are findings of, and a way to carry edits from it to the report's page,
    StaleEdit is raised when one of them is not found any more: what is mended in one place can rest
    on what stands in another, such as two mentions of one thing.
    """
    found = {}
    for finding, fix in picks:
        span, edits = finding.span, fix.edits
        if text is not None and carry is not None:
            (place,) = carry(text, report.page.text, (Edit(span.start, span.of(text), ""),))
            span, edits = place.span, carry(text, report.page.text, edits)
        moved = fix._replace(edits=edits)
        by_hand = fix not in finding.fixes
        # What archives gave cannot be found again without asking them.
        looked_up = finding.family == "archives" and not report.facts.looked_up
        for other in report.findings:
            if (other.check, other.span) == (finding.check, span) and (
                carry is None
                or by_hand
                or looked_up
                or any(edits == each.edits for each in other.fixes)
            ):
                found[other] = moved
                break
        else:
            if carry is not None:
                raise StaleEdit(f"{finding.check} is not found there any more")
    return found


def _approved(report: Report, chosen: Mapping[Finding, Fix]) -> Report:
    """The report with the approved fix as the only one of each chosen finding.

    So what a person wrote instead of a proposed fix has to mend the finding as well.
    """
    findings = (
        finding._replace(fixes=(chosen[finding],)) if finding in chosen else finding
        for finding in report.findings
    )
    return replace(report, findings=tuple(findings))
