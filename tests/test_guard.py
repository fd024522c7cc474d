"""What conftest.py promises for every test, above all that nothing leaves this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import suppress
from pathlib import Path

import loopback_only
import pytest
from loopback_only import NetworkRefused


@pytest.fixture
def refusals():
    """What the guard noted; emptied afterwards, because here a refusal is what is wanted."""
    yield loopback_only.refusals
    loopback_only.refusals.clear()


# 192.0.2.0/24, 2001:db8::/32 (RFC 5737, 3849) and example.org (RFC 2606) belong to nobody.
@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "10.0.0.1", "169.254.169.254"])
def test_connection_to_another_machine_is_refused(refusals, host):
    with socket.socket() as connection, pytest.raises(NetworkRefused, match=host):
        connection.connect((host, 80))
    assert refusals == [f"socket.connect {host}"]


@pytest.mark.parametrize("host", ["2001:db8::1", "::ffff:192.0.2.1", "fe80::1%lo"])
def test_connection_over_ipv6_is_refused(refusals, host):
    with socket.socket(socket.AF_INET6) as connection, pytest.raises(NetworkRefused):
        connection.connect((host, 80))


def test_connection_that_reports_errors_by_number_is_refused(refusals):
    with socket.socket() as connection, pytest.raises(NetworkRefused):
        connection.connect_ex(("192.0.2.1", 80))


def test_datagram_is_refused(refusals):
    with socket.socket(type=socket.SOCK_DGRAM) as connection:
        with pytest.raises(NetworkRefused):
            connection.sendto(b"", ("192.0.2.1", 53))
        with pytest.raises(NetworkRefused):
            connection.sendmsg([b""], [], 0, ("192.0.2.1", 53))


@pytest.mark.parametrize(
    "look_up",
    [
        lambda: socket.getaddrinfo("example.org", 443),
        lambda: socket.getaddrinfo(b"example.org", 443),
        lambda: socket.gethostbyname("example.org"),
        lambda: socket.gethostbyname_ex("example.org"),
        lambda: socket.gethostbyaddr("192.0.2.1"),
        lambda: socket.getnameinfo(("192.0.2.1", 80), 0),
        lambda: socket.create_connection(("example.org", 443)),
    ],
)
def test_name_look_up_is_refused(refusals, look_up):
    with pytest.raises(NetworkRefused):
        look_up()
    assert len(refusals) == 1


def test_libraries_cannot_hide_the_refusal(refusals):
    import requests

    with pytest.raises(NetworkRefused):
        requests.get("https://example.org/", timeout=1)


def test_a_refusal_that_was_swallowed_is_noted(refusals):
    def reach_out() -> None:
        with socket.socket() as connection:
            try:
                connection.connect(("192.0.2.1", 80))
            except BaseException:  # noqa: BLE001 - the worst that a library can do
                return

    thread = threading.Thread(target=reach_out)
    thread.start()
    thread.join()
    assert refusals == ["socket.connect 192.0.2.1"]


def test_this_machine_is_reached(listener):
    socket.create_connection(listener).close()
    socket.create_connection(("localhost", listener[1])).close()


def test_this_machine_is_reached_over_ipv6():
    # Not every machine has IPv6; the guard is asked before that shows.
    with socket.socket(socket.AF_INET6) as connection, suppress(OSError):
        connection.connect(("::1", 9))
    assert socket.getaddrinfo("::1", 80)


def test_sockets_in_files_are_none_of_its_business(tmp_path):
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "socket"))
        server.listen()
        client.connect(str(tmp_path / "socket"))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (None, True),
        ("", True),
        ("localhost", True),
        ("LOCALHOST", True),
        (b"127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::", True),
        ("0.0.0.0", True),
        ("::ffff:127.0.0.1", True),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("128.0.0.1", False),
        ("fe80::1", False),
    ],
)
def test_what_counts_as_this_machine(host, expected):
    assert loopback_only.is_local(host) is expected


def test_programs_that_tests_start_are_guarded(listener):
    reach = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2]))).close()"

    def run(host: str, port: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", reach, host, str(port)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert run(*listener).returncode == 0
    refused = run("192.0.2.1", 80)
    assert refused.returncode == 1
    assert "NetworkRefused" in refused.stderr


def test_no_proxy_leads_around_it():
    assert urllib.request.getproxies_environment() == {}


def test_home_is_empty_and_inside_the_temporary_folder(home, tmp_path):
    assert list(home.iterdir()) == []
    assert list(tmp_path.iterdir()) == [home]
    assert os.getcwd() == os.environ["HOME"] == str(home)  # noqa: PTH109 - the very thing tested
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "PYWIKIBOT_DIR"):
        assert os.environ[name].startswith(str(tmp_path))


@pytest.mark.parametrize(
    ("ci", "cores", "expected"), [("true", "0", 1), ("true", "1", 1), ("", "0", 0)]
)
def test_skipping_fails_in_ci(tmp_path, monkeypatch, ci, cores, expected):
    tests = tmp_path / "test_skipped.py"
    tests.write_text(
        "import pytest\n"
        "def test_runs(): pass\n"
        "def test_is_skipped(): pytest.skip('too hard')\n"
        "@pytest.mark.parametrize('case', [])\n"
        "def test_has_no_cases(case): pass\n"
    )
    monkeypatch.setenv("CI", ci)
    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(here), os.environ["PYTHONPATH"]]))
    command = [sys.executable, "-m", "pytest", "-p", "conftest", "-q", "-n", cores, str(tests)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == expected, run.stdout + run.stderr
    # What pytest skips before the test starts counts as an error of its set-up.
    counts = "1 failed, 1 passed, 1 error" if expected else "1 passed, 2 skipped"
    assert counts in run.stdout
