"""Refuses every connection and name look-up that leaves this machine.

Installed once for the process, through Python's audit events, so that it holds for every library
and every thread, whatever a test patches. It cannot be taken off again. One thing happens before
there is an event: connect() and sendto() look a name up first. Sockets are therefore also told to
ask before. Programs that are not Python (curl, git) are out of its reach.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
import sys
from collections.abc import Callable

NAMES_OF_THIS_MACHINE = frozenset({"", "localhost", "ip6-localhost", "ip6-loopback"})

#: What was refused in this process, as "event host"; a test that provokes a refusal empties it.
refusals: list[str] = []


class NetworkRefused(BaseException):
    """A test tried to leave this machine. No Exception, so that no `except Exception` hides it."""


def is_local(host: object) -> bool:
    """Whether a host name or address means this machine. None and :: are what servers bind to."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
    if name.lower() in NAMES_OF_THIS_MACHINE:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


def peer(connection: object, address: object) -> object:
    """The host of a socket's address; None for a socket that no network carries."""
    family = getattr(connection, "family", None)
    if family not in {socket.AF_INET, socket.AF_INET6} or not isinstance(address, tuple):
        return None
    return address[0]


def destination(event: str, arguments: tuple[object, ...]) -> object:
    """The host an audit event of the socket module speaks to; None when it speaks to none."""
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        return peer(*arguments)
    if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        return arguments[0]
    if event == "socket.getnameinfo":
        (address,) = arguments
        assert isinstance(address, tuple)
        return address[0]
    return None


def refuse_unless_local(event: str, host: object) -> None:
    if not is_local(host):
        refusals.append(f"{event} {host}")
        raise NetworkRefused(f"tests stay on this machine: {event} {host!r}")


def audit(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith("socket."):
        refuse_unless_local(event, destination(event, arguments))


def ask_before(method: Callable[..., object], address_at: int) -> Callable[..., object]:
    """A method of a socket that looks at its address, one of its arguments, before it starts."""

    @functools.wraps(method)
    def asking(connection: socket.socket, *arguments: object) -> object:
        if arguments[address_at:]:
            host = peer(connection, arguments[address_at])
            refuse_unless_local(f"socket.{method.__name__}", host)
        return method(connection, *arguments)

    return asking


def enforce() -> None:
    sys.addaudithook(audit)
    for name, address_at in {"connect": 0, "connect_ex": 0, "sendto": -1, "sendmsg": 3}.items():
        setattr(socket.socket, name, ask_before(getattr(socket.socket, name), address_at))
