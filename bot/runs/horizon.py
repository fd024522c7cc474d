"""Until when would the same look at a page find the same? A day that notes what it was asked.

Checks compare the present day with the dates of a page. Between two days on which every one of
these comparisons comes out alike, nothing they decide can differ. So a `Horizon` is a date like any
other, which notes at every question until which day the answer stays what it is; `until` is the
first of those days. A page that did not change has to be looked at again after it, and not before.

What cannot be told more exactly (the day of the month, a hash) holds for the present day alone, so
a look may be taken too early, never too late. Days before the present one are not spoken of.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Self

_ONE = timedelta(days=1)


class Horizon(date):
    """The present day, or a day reckoned from it.

    Python asks a subclass first, on whichever side of an operator it stands.
    """

    _until: list[date]  # its one day; days reckoned from this one share it
    _shift: timedelta

    def __new__(cls, day: date) -> Self:
        """The horizon of that day, on which nothing was asked yet."""
        made = super().__new__(cls, day.year, day.month, day.day)
        made._until = [date.max]
        made._shift = timedelta()
        return made

    @property
    def until(self) -> date:
        """The last day on which every answer given so far would be the same."""
        return self._until[0]

    def forget(self) -> None:
        """Begin anew, for the next page."""
        self._until[0] = date.max

    # What is asked

    @property
    def year(self) -> int:
        """The year, which holds to its end."""
        year = self._plain.year
        self._note(date(year, 12, 31))
        return year

    @property
    def month(self) -> int:
        """The month, which holds to its end."""
        plain = self._plain
        first = plain.replace(day=1)
        self._note((first + 31 * _ONE).replace(day=1) - _ONE if first < _LAST_MONTH else date.max)
        return plain.month

    @property
    def day(self) -> int:
        """The day, which holds for itself."""
        return self._exactly.day

    def __lt__(self, other: date) -> bool:
        return self._compared(other, -1) < 0

    def __le__(self, other: date) -> bool:
        return self._compared(other, 0) <= 0

    def __gt__(self, other: date) -> bool:
        return self._compared(other, 0) > 0

    def __ge__(self, other: date) -> bool:
        return self._compared(other, -1) >= 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, date):
            return NotImplemented
        # Equal it is today alone, and after a later day it is not equal for ever.
        return (
            self._compared(other, 0) == 0
            if self._plain >= _plain(other)
            else (self._compared(other, -1) == 0)
        )

    def __ne__(self, other: object) -> bool:
        return not self == other if isinstance(other, date) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._exactly)

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, timedelta):
            return self._shifted(timedelta(days=-other.days))
        if isinstance(other, date):
            return self._exactly - _plain(other)
        return NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return _plain(other) - self._exactly if isinstance(other, date) else NotImplemented

    def __add__(self, other: timedelta) -> Horizon:
        return self._shifted(other)

    __radd__ = __add__

    def replace(self, *arguments: Any, **named: Any) -> date:  # type: ignore[override]
        """Another day, reckoned from this one as it is."""
        return self._exactly.replace(*arguments, **named)

    def isoformat(self) -> str:
        """The day in ISO 8601, which holds for itself."""
        return self._exactly.isoformat()

    __str__ = isoformat

    def __repr__(self) -> str:
        return f"Horizon({self._exactly.isoformat()})"

    def __format__(self, form: str) -> str:
        return format(self._exactly, form)

    def __reduce__(self) -> Any:
        return self._exactly.__reduce__()

    def toordinal(self) -> int:
        """The number of the day, which holds for itself."""
        return self._exactly.toordinal()

    def timetuple(self) -> Any:
        """The day as a tuple, which holds for itself."""
        return self._exactly.timetuple()

    def weekday(self) -> int:
        """The day of the week, which holds for itself."""
        return self._exactly.weekday()

    def isoweekday(self) -> int:
        """The day of the week, which holds for itself."""
        return self._exactly.isoweekday()

    def isocalendar(self) -> Any:
        """The week, which is taken to hold for the day alone."""
        return self._exactly.isocalendar()

    def strftime(self, form: str) -> str:
        """The day in words, which are taken to hold for itself."""
        return self._exactly.strftime(form)

    def ctime(self) -> str:
        """The day in words, which hold for itself."""
        return self._exactly.ctime()

    # How it is noted

    @property
    def _plain(self) -> date:
        return date.fromordinal(date.toordinal(self))

    @property
    def _exactly(self) -> date:
        """The day as a plain one: whatever comes of it may differ tomorrow."""
        plain = self._plain
        self._note(plain)
        return plain

    def _note(self, last: date) -> None:
        """Say that an answer about this day holds while it is not later than `last`."""
        try:
            real = last - self._shift
        except OverflowError:  # beyond the end of the calendar
            return
        self._until[0] = min(self._until[0], real)

    def _compared(self, other: date, behind: int) -> int:
        """-1, 0 or 1: where this day lies beside another one.

        The answer turns on the day after the other one, or with `behind` -1 on the other one
        itself; a day that lies after it for ever answers alike.
        """
        here, there = self._plain, _plain(other)
        if behind and here < there:
            self._note(there - _ONE)
        elif not behind and here <= there:
            self._note(there)
        return (here > there) - (here < there)

    def _shifted(self, by: timedelta) -> Horizon:
        made = Horizon(self._plain + by)
        made._until = self._until
        made._shift = self._shift + timedelta(days=by.days)
        return made


_LAST_MONTH = date(9999, 12, 1)


def _plain(day: date) -> date:
    """A day whose comparisons nobody notes."""
    return date.fromordinal(date.toordinal(day))
