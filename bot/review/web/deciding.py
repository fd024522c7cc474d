"""The pages on which is decided: one proposal after the other, or all that wait of a check.

Each request opens the proposal it names in a session of its own.
"""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask import session as visit
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from bot.errors import UsageError
from bot.model import Span
from bot.queue import Queue
from bot.queue.proposals import OPEN, Selection, State
from bot.review import Happened, Reply, Session, View, none_beside
from bot.review.catalogue import say
from bot.review.web import guard, parts
from bot.review.web.room import Narrowed, Room, asked_number, at, how_far, visitor, wants_json

_TOGETHER_AT_ONCE = 25
_FINDINGS_BESIDE = 60
_MOST_PREVIEWS = 20

deciding = Blueprint("deciding", __name__)


@deciding.get("/next")
def first_waiting() -> Any:
    """Leads to the first proposal that waits."""
    narrowed = Narrowed.asked()
    state = request.args.get("state")
    wanted = State(state) if state in {each.value for each in OPEN} else State.PENDING
    with Room.here().queue() as queue:
        number = queue.first(narrowed.selection(wanted))
    if number is None:
        return redirect(url_for("pages.listed") + narrowed.query())
    return redirect(url_for("deciding.proposal", number=number) + narrowed.query())


# One proposal


def _session(queue: Queue, number: int, narrowed: Narrowed) -> Session:
    """A session at this proposal of its page; 404 when there is none, 410 when it is settled.

    It goes through what is narrowed down to, or through all of the page from anything else.
    """
    try:
        at = queue.proposal(number)
    except (UsageError, OverflowError):
        abort(404)
    here = Narrowed(wiki=at.wiki, page=at.page)
    for within in (here._replace(check=narrowed.check, safety=narrowed.safety), here):
        session = Session(queue, visitor(), Room.here().desk.checking, within.selection(*OPEN))
        if session.go(number):
            break
    else:
        abort(410)
    return session


def _view(session: Session) -> View:
    view = session.shown
    if view is None:
        abort(410)
    return view


@deciding.get("/proposals/<int:number>")
def proposal(number: int) -> Any:
    """One proposal: the whole page, or only what changes from one to the next."""
    narrowed = Narrowed.asked()
    with Room.here().queue() as queue:
        session = _session(queue, number, narrowed)
        if wants_json():
            return jsonify(_answer(queue, session, narrowed, Reply(Happened.MOVED)))
        answer = _laid_out(queue, session, narrowed)
    return render_template("review.html", **answer)


def _other(number: int | None, than: int) -> int | None:
    return None if number == than else number


def _laid_out(
    queue: Queue, session: Session, narrowed: Narrowed, own: Said | None = None
) -> dict[str, Any]:
    """What the template of a proposal is given. `sends` is what the script says of each mend when
    it is decided: of a person's `own` words also what is wrong with them, as it is told there."""
    shown = parts.shown(session, _view(session))
    here = shown.view.proposal
    sends: dict[int, dict[str, object]] = {
        mend.number: {"version": here.version, "fix": mend.number}
        for mend in (*shown.mends, shown.plain)
    }
    if own is not None and shown.view.chosen is None:
        words = {"text": own.text} if own.text is not None else {"parts": own.parts}
        told = [Room.here().line(each) for each in shown.view.objections]
        sends[0] |= {"fix": own.fix, **words, "told": told}
    waiting = narrowed.selection(State.PENDING)
    place = shown.view.number
    start = max(0, min(place - _FINDINGS_BESIDE // 2, shown.view.total - _FINDINGS_BESIDE))
    beside = queue.entries(session.selection, limit=_FINDINGS_BESIDE, offset=start)
    address = here.source if here.source.startswith(("http://", "https://")) else ""
    if address and here.section:
        address += "#" + here.section.replace(" ", "_")
    return {
        "shown": shown,
        "view": shown.view,
        "proposal": here,
        "finding": here.finding,
        "next": queue.beside(here, waiting) or _other(queue.first(waiting), here.id),
        "sends": sends,
        "rivals": " ".join(sorted({str(r.id) for mend in shown.mends for r in mend.rivals})),
        "beside": beside,
        "beside_start": start,
        "address": address,
        "narrowed": narrowed,
        "can_preview": bool(Room.here().desk.preview and address),
        **how_far(queue.totals(narrowed.selection())),
    }


def _answer(
    queue: Queue, session: Session, narrowed: Narrowed, reply: Reply, own: Said | None = None
) -> dict[str, Any]:
    """What the script is told: what happened, and what is to be shown now."""
    room = Room.here()
    answer: dict[str, Any] = {
        "happened": reply.happened.value,
        "message": room.line(reply.said),
        "verdicts": [
            {"id": v.proposal.id, "state": v.proposal.state.value, "made": v.made}
            for v in reply.verdicts
        ],
    }
    waiting = queue.totals(narrowed.selection()).get(State.PENDING, 0)
    answer["told"] = room.line(say("review.kept-told", said=reply.said, count=waiting))
    view = session.shown
    if view is None:
        counts = how_far(queue.totals(narrowed.selection()))
        progress = render_template("progress.html", **counts)
        return answer | counts | {"proposal": None, "progress": progress}
    laid_out = _laid_out(queue, session, narrowed, own)
    counts = {name: laid_out[name] for name in ("waiting", "approved", "decided", "total")}
    number = view.proposal.id
    return (
        answer
        | counts
        | {
            "proposal": number,
            "state": view.proposal.state.value,
            "rivals": laid_out["rivals"],
            "article": render_template("proposal.html", **laid_out),
            "findings": render_template("findings.html", **laid_out),
            "progress": render_template("progress.html", **laid_out),
        }
    )


@deciding.get("/proposals/<int:number>/beside")
def beside(number: int) -> Any:
    """The next, the previous, one of the page by its place, or what a search finds."""
    narrowed = Narrowed.asked()
    key, argument = request.args.get("key", ""), request.args.get("argument", "")
    with Room.here().queue() as queue:
        session = _session(queue, number, narrowed)
        here = _view(session).proposal
        if key == "g":
            return jsonify(_answer(queue, session, narrowed, session.press(key, argument)))
        if key == "/":
            found = queue.search(argument, here, narrowed.selection(*OPEN))
            nothing = say("reply.no-words", words=argument)
        elif key in ("j", "k", "J", "K"):
            states = (State.PENDING,) if key in "jk" else OPEN
            found = queue.beside(here, narrowed.selection(*states), before=key in "kK")
            nothing = none_beside(key)
        else:
            abort(400)
        if found is None:
            return jsonify(_answer(queue, session, narrowed, Reply(Happened.NOTHING, nothing)))
        there = _session(queue, found, narrowed)
        return jsonify(_answer(queue, there, narrowed, Reply(Happened.MOVED)))


@deciding.get("/proposals/<int:number>/text")
def folded(number: int) -> Any:
    """A stretch of the page that was folded, with what is marked in it; 409 for another version."""
    narrowed = Narrowed.asked()
    with Room.here().queue() as queue:
        session = _session(queue, number, narrowed)
    view = _view(session)
    if request.args.get("version", type=int) != view.proposal.version:
        raise UsageError(Room.here().texts("reply.changed"))
    finding = view.proposal.finding
    span = Span(asked_number("start"), min(len(view.text), asked_number("end")))
    places = [*finding.related, *parts.evidence_at(view.text, finding)]
    bits = parts.marked(view.text, span, finding.span, places)
    return jsonify(html=render_template("fold.html", bits=bits))


# What a person says of it


class Said(NamedTuple):
    """What the script sends of a proposal: what is shown there, and what was pressed."""

    version: int
    fix: int
    text: str | None
    parts: str | None
    key: str
    told: tuple[str, ...]
    reason: str


def _said() -> Said:
    """The body of the request; 400 for anything else."""
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400)
    told = body.get("told") or []
    said = Said(
        body.get("version", 0),
        body.get("fix", 1),
        body.get("text"),
        body.get("parts"),
        body.get("key", ""),
        tuple(told) if isinstance(told, list) else (),
        body.get("reason", ""),
    )
    kinds = (int, int, str | None, str | None, str, tuple, str)
    if not all(isinstance(each, kind) for each, kind in zip(said, kinds, strict=True)):
        abort(400)
    return said


def _as_shown(session: Session, said: Said) -> Reply:
    """Bring the session to what the person sees: the alternative, or their own words of it."""
    reply = Reply(Happened.NOTHING)
    view = session.shown
    if view is not None and said.version != view.proposal.version:
        return session.press("y", seen=said.version)  # says that it has changed, and how
    if said.fix > 0 and view is not None and view.proposal.finding.fixes:
        reply = session.press(str(said.fix))
    if said.text is not None:
        # Browsers send line breaks as they like; the page keeps its own.
        breaks = "\r\n" if session.shown and "\r\n" in session.shown.text else "\n"
        text = said.text.replace("\r\n", "\n").replace("\n", breaks)
        reply = session.press("e", text, seen=said.version)
    elif said.parts is not None:
        reply = session.press("s", said.parts, seen=said.version)
    return reply


@deciding.post("/proposals/<int:number>/check")
def check(number: int) -> Any:
    """The person's own edit, checked and shown; nothing is decided."""
    said, narrowed = _said(), Narrowed.asked()
    with Room.here().queue() as queue:
        session = _session(queue, number, narrowed)
        reply = _as_shown(session, said)
        return jsonify(_answer(queue, session, narrowed, reply, said))


@deciding.post("/proposals/<int:number>/decision")
def decision(number: int) -> Any:
    """A decision, made of what was shown; the answer says whether it was made."""
    said, narrowed = _said(), Narrowed.asked()
    if said.key not in ("y", "n", "r", "a", "d"):
        abort(400)
    with Room.here().queue() as queue:
        session = _session(queue, number, narrowed)
        reply = _as_shown(session, said)
        own = said.text is not None or said.parts is not None
        view = session.shown
        if reply.happened is Happened.OVERTAKEN:
            return jsonify(_answer(queue, session, narrowed, reply)), 409
        if (
            own
            and said.key in ("y", "a", "*")
            and (
                reply.happened is not Happened.CHANGED
                or view is None
                or {Room.here().line(each) for each in view.objections} - set(said.told)
            )
        ):
            # What checking it brought up was not seen yet, or it is no edit at all.
            return jsonify(_answer(queue, session, narrowed, reply, said)), 409
        reply = session.press(said.key, said.reason, seen=said.version)
        if reply.happened is not Happened.DECIDED:
            return jsonify(_answer(queue, session, narrowed, reply)), 409
        waiting = narrowed.selection(State.PENDING)
        there = queue.beside(queue.proposal(number), waiting) or queue.first(waiting)
        if there is None:
            made = _answer(queue, session, narrowed, reply)
            made["proposal"] = None
            return jsonify(made)
        return jsonify(_answer(queue, _session(queue, there, narrowed), narrowed, reply))


@deciding.post("/undo")
def undo() -> Any:
    """The last decision of this reviewer is taken back."""
    narrowed = Narrowed.asked()
    with Room.here().queue() as queue:
        session = Session(
            queue, visitor(), Room.here().desk.checking, Selection(page="", states=OPEN)
        )
        reply = session.press("u")
        if not reply.verdicts:
            return jsonify(_answer(queue, session, narrowed, reply))
        try:
            there = _session(queue, reply.verdicts[0].proposal.id, Narrowed())
        except HTTPException:
            there = session
        return jsonify(_answer(queue, there, narrowed, reply))


# Previews


@deciding.post("/proposals/<int:number>/preview")
def preview(number: int) -> Any:
    """What the wiki's parser makes of the lines before and after, as addresses of documents."""
    said, narrowed, room = _said(), Narrowed.asked(), Room.here()
    with room.queue() as queue:
        session = _session(queue, number, narrowed)
        reply = _as_shown(session, said)
        view = session.shown
    if reply.happened is Happened.OVERTAKEN or view is None:
        return jsonify(happened="failed", message=room.line(reply.said)), 409
    if room.desk.preview is None:
        raise UsageError(room.texts("preview.offline"))
    rendered = room.desk.preview(view)
    addresses = {}
    for side, html in zip(("before", "after"), rendered, strict=True):
        key = secrets.token_urlsafe(12)
        with room.lock:
            room.previews[key] = html
            while len(room.previews) > _MOST_PREVIEWS:
                room.previews.popitem(last=False)
        addresses[side] = url_for("deciding.previewed", key=key)
    same = rendered.before == rendered.after
    html = render_template("previewing.html", same=same, **addresses)
    return jsonify(happened="changed", html=html, same=same, **addresses)


@deciding.get("/previews/<key>")
def previewed(key: str) -> Any:
    """The wiki's HTML for a frame, in which it can do nothing."""
    room = Room.here()
    with room.lock:
        html = room.previews.get(key)
    if html is None:
        abort(404)
    answer = Response(render_template("previewed.html", html=Markup(html)))  # noqa: S704 (see guard)
    answer.headers["Content-Security-Policy"] = guard.PREVIEW_POLICY
    return answer


# All of a check


@deciding.get("/together")
def together() -> Any:
    """All that wait of a check, so that one sees them all before deciding them together."""
    narrowed, room, offset = Narrowed.asked(), Room.here(), asked_number("from")
    if not narrowed.check:
        abort(404)
    selection = narrowed.selection(State.PENDING)
    with room.queue() as queue:
        total = queue.totals(selection).get(State.PENDING, 0)
        numbers = [e.id for e in queue.entries(selection, limit=_TOGETHER_AT_ONCE, offset=offset)]
        sessions = [_session(queue, number, narrowed) for number in numbers]
        cards = [parts.shown(session, _view(session)) for session in sessions]
        served = room.served.setdefault(str(visit["id"]), set())
        served |= {(card.view.proposal.id, card.view.proposal.version) for card in cards}
    more = offset + len(cards)
    laid_out = {"cards": cards, "narrowed": narrowed, "count": total, "offset": offset}
    laid_out["more"] = more if more < total else None
    if wants_json():
        html = render_template("cards.html", **laid_out)
        address = at(more) if laid_out["more"] else ""
        return jsonify(html=html, more=laid_out["more"], address=address)
    return render_template("together.html", **laid_out)


@deciding.post("/together")
def decide_together() -> Any:
    """The same decision for all that wait of a check, if every one of them was seen."""
    narrowed, room = Narrowed.asked(), Room.here()
    body = request.get_json()
    if not isinstance(body, dict) or not narrowed.check or body.get("answer") not in ("y", "n"):
        abort(400)
    seen, reason = body.get("seen"), body.get("reason", "")
    if not isinstance(seen, dict) or not isinstance(reason, str):
        abort(400)
    served = room.served.get(str(visit["id"]), set())
    pairs = {(int(n), v) for n, v in seen.items() if n.isdecimal() and (int(n), v) in served}
    with room.queue() as queue:
        selection = narrowed.selection(State.PENDING)
        waiting = queue.proposals(selection)
        unseen = [each for each in waiting if (each.id, each.version) not in pairs]
        if unseen or not waiting:
            message = room.texts("together.unseen", count=len(unseen), total=len(waiting))
            return jsonify(happened="overtaken", message=message), 409
        session = Session(queue, visitor(), room.desk.checking, selection)
        reply = session.decide(waiting, approve=body["answer"] == "y", reason=reason)
        counts = how_far(queue.totals(narrowed.selection()))
    return jsonify(
        happened=reply.happened.value,
        message=room.line(reply.said),
        verdicts=[{"id": v.proposal.id, "made": v.made} for v in reply.verdicts],
        **counts,
    )
