"""What every page of the review in the browser works with: the room it is in, what it was asked.

Nothing here answers a request; `application` and `deciding` do.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

from flask import current_app, request
from flask import session as visit

from bot.configuration import Configuration
from bot.model import Safety
from bot.queue import Queue
from bot.queue.proposals import Selection, State
from bot.report import visible
from bot.review import Checking, View
from bot.review.catalogue import Catalogue, Sayable, best
from bot.review.preview import Rendered
from bot.review.web.delivering import Delivering, Delivery
from bot.review.web.guard import Guard

#: What a wiki's parser makes of a view; raises RedpencilError when it cannot be asked.
Preview = Callable[[View], Rendered]


@dataclass
class Desk:
    """What the reviewer works with.

    `who` decides, unless they said another name when they came in. `preview` and `delivery` are
    None when no wiki may be asked.
    """

    queue: Queue
    who: str
    checking: Checking
    rule: Configuration = field(default_factory=Configuration)
    preview: Preview | None = None
    delivery: Delivery | None = None


class Room:
    """What lives as long as the server: the desk, a lock for it, previews, and the saving."""

    def __init__(self, desk: Desk, keeper: Guard) -> None:
        self.desk = desk
        self.keeper = keeper
        self.lock = threading.RLock()
        self.delivering = Delivering(desk.queue.store.path, desk.delivery)
        self.previews: OrderedDict[str, str] = OrderedDict()
        self.served: dict[str, set[tuple[int, int]]] = {}
        """What each visitor was shown of proposals that are decided together: number, version."""

    @staticmethod
    def here() -> Room:
        """The room that this request came into."""
        room: Room = current_app.extensions["redpencil"]
        return room

    @property
    def texts(self) -> Catalogue:
        """The words of the page, in the language that this request's browser likes best."""
        return best(request.accept_languages.values())  # the best first

    def close(self) -> None:
        """Wait for the request that is at the queue, and let none there any more."""
        self.lock.acquire()

    @contextlib.contextmanager
    def queue(self) -> Iterator[Queue]:
        """The queue, for this request alone."""
        with self.lock:
            yield self.desk.queue

    def number(self, number: int) -> str:
        """A number as it is written in that language."""
        return self.texts.number(number)

    def line(self, what: Sayable) -> str:
        """What is to be said or shown, in one line."""
        return visible(self.texts.said(what), one_line=True)


class Narrowed(NamedTuple):
    """What the reviewer wants to see of the queue, as it stands in every address."""

    check: str | None = None
    safety: str | None = None
    wiki: str | None = None
    page: str | None = None

    @classmethod
    def asked(cls) -> Narrowed:
        """What this request's address says."""
        said = {name: request.args.get(name) or None for name in cls._fields}
        if said["safety"] not in (None, *(each.value for each in Safety)):
            said["safety"] = None
        return cls(**said)

    def selection(self, *states: State) -> Selection:
        """The proposals meant, in these states."""
        safety = Safety(self.safety) if self.safety else None
        return Selection(self.wiki, self.page, self.check, states, safety)

    def query(self, **more: object) -> str:
        """As the end of an address, with "?"; '' for nothing."""
        said = {name: value for name, value in {**self._asdict(), **more}.items() if value}
        return f"?{urlencode(said)}" if said else ""


def visitor() -> str:
    """Under whose name this request decides."""
    return str(visit["who"])


def asked_number(name: str) -> int:
    """A number in this request's address, such as the line `from` which a list is wanted; or 0."""
    return max(0, request.args.get(name, 0, type=int))


def at(offset: int) -> str:
    """The address of the same list from another line on."""
    said = {**request.args.to_dict(), "from": str(offset)}
    return f"?{urlencode(said)}"


def wants_json() -> bool:
    """Whether this request wants an answer for the script, not a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" or request.is_json


def how_far(totals: Mapping[State, int]) -> dict[str, int]:
    """How far the work has come, from how many proposals are in each state."""
    waiting = totals.get(State.PENDING, 0)
    approved, rejected = totals.get(State.APPROVED, 0), totals.get(State.REJECTED, 0)
    conflicts, saved = totals.get(State.CONFLICT, 0), totals.get(State.SAVED, 0)
    return {
        "waiting": waiting,
        "approved": approved,
        "rejected": rejected,
        "conflicts": conflicts,
        "saved": saved,
        "decided": approved + rejected + saved,
        "total": waiting + approved + rejected + saved + conflicts,
    }
