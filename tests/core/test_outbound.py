"""The one way out leads to public places, or to those an operator named, and brings back a bounded JSON document."""

import gzip
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import httpcore
import pytest
from pydantic import ValidationError

from app.core.addresses import is_a_neighbour, is_public
from app.core.fetching import OutboundFailed, Reason, is_fit
from app.core.outbound import MOST_BYTES, GuardedNetwork, Outbound, resolve
from app.settings import Settings
from tests.support.elsewhere import Answer, Elsewhere, authority_file, somewhere_else


class Telephone(httpcore.AsyncNetworkBackend):
    """Writes down which numbers were dialled; nobody answers."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append((host, port))
        raise httpcore.ConnectError


class Names:
    """A name service that gives one answer after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0)


async def reason_of(outbound: Outbound, url: str) -> Reason:
    with pytest.raises(OutboundFailed) as failed:
        await outbound.get_json(url)
    return failed.value.reason


TRICKS = [
    "127.0.0.1",
    "localhost",
    "169.254.169.254",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "0.0.0.0",
    "2130706433",
    "0x7f.1",
    "127.1",
    "10.1.2.3",
    "100.64.0.1",
    "[fd00::1]",
    "[fe80::1]",
    "224.0.0.1",
    "93.184.215.14:22",
    "192.0.2.1",
    "198.18.0.1",
    "[2002:7f00:1::]",
]


@pytest.mark.parametrize("trick", TRICKS)
async def test_none_of_the_nineteen_tricks_reaches_a_machine(trick: str):
    telephone = Telephone()
    outbound = Outbound(GuardedNetwork(dial=telephone))
    assert await reason_of(outbound, f"https://{trick}/keys") in {Reason.NOT_PUBLIC, Reason.ADDRESS_UNFIT}
    assert telephone.dialled == []
    await outbound.close()


@pytest.mark.parametrize("trick", TRICKS)
async def test_none_of_them_does_so_behind_a_harmless_name(trick: str):
    host = trick.strip("[]").partition(":22")[0]
    addresses = await resolve(host, 443)
    telephone = Telephone()
    outbound = Outbound(GuardedNetwork(resolve=Names(addresses), dial=telephone))
    port = ":22" if trick.endswith(":22") else ""
    reason = await reason_of(outbound, f"https://login.example{port}/keys")
    assert reason in {Reason.NOT_PUBLIC, Reason.ADDRESS_UNFIT}
    assert telephone.dialled == []
    await outbound.close()


@pytest.mark.parametrize(
    "address",
    [
        *("192.88.99.1", "168.63.129.16", "192.0.0.9", "255.255.255.255", "240.0.0.1", "203.0.113.7", "172.16.0.1"),
        *("::", "::7f00:1", "2001:0:7f00:1::", "2001:db8::1", "3fff::1", "64:ff9b:1::1", "fec0::1", "ff02::1"),
        *("100::1", "fe80::1%1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "5f00::1"),
    ],
)
def test_addresses_that_are_no_public_hosts(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "::ffff:8.8.8.8", "2606:2800:21f::1", "2a00:1450::1"])
def test_addresses_of_public_hosts(address: str):
    assert is_public(address)


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "::", "::ffff:169.254.0.1"])
def test_not_even_a_named_host_of_the_own_network_is_where_clouds_tell_secrets(address: str):
    assert not is_a_neighbour(address)


async def test_one_private_address_among_public_ones_is_enough_to_refuse():
    telephone = Telephone()
    outbound = Outbound(GuardedNetwork(resolve=Names(["93.184.215.14", "10.0.0.1"]), dial=telephone))
    assert await reason_of(outbound, "https://login.example/") is Reason.NOT_PUBLIC
    assert telephone.dialled == []
    await outbound.close()


async def test_a_name_is_asked_for_once_and_the_checked_address_is_dialled():
    names, telephone = Names(["93.184.215.14"], ["127.0.0.1"]), Telephone()
    outbound = Outbound(GuardedNetwork(resolve=names, dial=telephone))
    assert await reason_of(outbound, "https://rebinding.example:8443/") is Reason.UNREACHABLE
    assert (names.asked, telephone.dialled) == (1, [("93.184.215.14", 8443)])
    await outbound.close()


async def test_the_next_address_of_a_name_is_tried_and_no_list_of_addresses_is_endless():
    telephone = Telephone()
    outbound = Outbound(GuardedNetwork(resolve=Names([f"93.184.215.{n}" for n in range(50)]), dial=telephone))
    assert await reason_of(outbound, "https://login.example/") is Reason.UNREACHABLE
    assert [host for host, _ in telephone.dialled] == [f"93.184.215.{n}" for n in range(4)]
    await outbound.close()


async def test_an_unknown_name_says_so():
    async def nobody(host: str, port: int) -> list[str]:
        raise OSError

    outbound = Outbound(GuardedNetwork(resolve=nobody, dial=Telephone()))
    assert await reason_of(outbound, "https://login.example/") is Reason.NAME_UNKNOWN
    await outbound.close()


@pytest.mark.parametrize(
    "url",
    [
        *("http://login.example/", "ftp://login.example/", "file:///etc/passwd", "login.example", "//login.example/"),
        *("https://", "https:///keys", "https://user:word@login.example/", "https://user@login.example/"),
        *("https://login.example:443@127.0.0.1/", "https://login.example/#part", "https://login.example:99999/"),
        *("https://login.example/\r\nHost: other", "https://[::1/", "", "https://login.example/" + "a" * 2000),
    ],
)
async def test_an_address_that_is_no_plain_https_address_is_not_asked(url: str):
    names = Names(["93.184.215.14"])
    outbound = Outbound(GuardedNetwork(resolve=names, dial=Telephone()))
    assert await reason_of(outbound, url) is Reason.ADDRESS_UNFIT
    assert not is_fit(url)
    assert names.asked == 0
    await outbound.close()


@asynccontextmanager
async def reaching(place: Elsewhere, folder: Path, seconds: float = 10.0) -> AsyncIterator[Outbound]:
    outbound = Outbound(GuardedNetwork({place.host}), ca_file=authority_file(folder), seconds=seconds)
    yield outbound
    await outbound.close()


async def test_a_named_host_of_the_own_network_is_reached_by_its_name_with_tls(tmp_path: Path):
    async with somewhere_else() as place, reaching(place, tmp_path) as outbound:
        place.answers["/keys?one=1"] = Answer.of({"keys": []})
        assert await outbound.get_json(f"{place.url}/keys?one=1") == {"keys": []}
        assert f"Host: {place.host}\r\n" in place.asked[0][1]
        other_name = place.url.replace("localhost", "127.0.0.1")
        assert await reason_of(outbound, f"{other_name}/keys") in {Reason.NOT_PUBLIC, Reason.ADDRESS_UNFIT}
        assert len(place.asked) == 1


async def test_a_certificate_for_another_name_or_of_an_unknown_authority_is_refused(tmp_path: Path):
    async with somewhere_else(certificate_of="other.example") as place, reaching(place, tmp_path) as outbound:
        assert await reason_of(outbound, f"{place.url}/keys") is Reason.CERTIFICATE_REFUSED
        assert place.asked == []
    async with somewhere_else() as place:
        outbound = Outbound(GuardedNetwork({place.host}))
        assert await reason_of(outbound, f"{place.url}/keys") is Reason.CERTIFICATE_REFUSED
        assert place.asked == []
        await outbound.close()


async def test_a_redirect_is_not_followed(tmp_path: Path):
    async with somewhere_else() as place, reaching(place, tmp_path) as outbound:
        place.answers["/keys"] = Answer(status="302 Found", headers={"Location": f"{place.url}/other"})
        place.answers["/other"] = Answer.of({})
        assert await reason_of(outbound, f"{place.url}/keys") is Reason.STATUS_UNEXPECTED
        assert place.asked_paths == ["/keys"]


async def test_no_cookie_and_no_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nothing"))
    async with somewhere_else() as place, reaching(place, tmp_path) as outbound:
        headers = {"Content-Type": "application/json", "Set-Cookie": "seen=before; Path=/"}
        place.answers["/keys"] = Answer.of({}, headers=headers)
        for _ in range(2):
            assert await outbound.get_json(f"{place.url}/keys") == {}
        assert not any("cookie" in head.lower() for _, head in place.asked)


async def test_an_answer_is_read_as_far_as_it_may_be_long(tmp_path: Path):
    async with somewhere_else() as place, reaching(place, tmp_path) as outbound:
        place.answers["/most"] = Answer(b'"' + b"a" * (MOST_BYTES - 2) + b'"')
        place.answers["/more"] = Answer(b'"' + b"a" * (MOST_BYTES - 1) + b'"')
        assert len(await outbound.get_json(f"{place.url}/most")) == MOST_BYTES - 2
        assert await reason_of(outbound, f"{place.url}/more") is Reason.TOO_LARGE


async def test_a_compressed_answer_is_not_unfolded(tmp_path: Path):
    async with somewhere_else() as place, reaching(place, tmp_path) as outbound:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        place.answers["/bomb"] = Answer(gzip.compress(b'"' + b"a" * 10_000_000 + b'"'), headers=headers)
        assert await reason_of(outbound, f"{place.url}/bomb") is Reason.NOT_JSON
        assert "Accept-Encoding: identity\r\n" in place.asked[0][1]


async def test_an_answer_that_never_comes_is_not_waited_for(tmp_path: Path):
    async with somewhere_else() as place, reaching(place, tmp_path, seconds=0.3) as outbound:
        place.answers["/keys"] = Answer(never_comes=True)
        assert await reason_of(outbound, f"{place.url}/keys") is Reason.TOO_SLOW


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html></html>", headers={"Content-Type": "text/html"}),
        Answer(b"{}", headers={}),
        Answer(b"{"),
        Answer(b"\xff\xfe{\x00}\x00"),
        Answer(b"[" * 60_000),
        Answer(b"9" * 60_000),
        Answer(b""),
    ],
)
async def test_what_is_not_json_of_a_sensible_shape_is_refused(answer: Answer, tmp_path: Path):
    async with somewhere_else() as place, reaching(place, tmp_path) as outbound:
        place.answers["/keys"] = answer
        assert await reason_of(outbound, f"{place.url}/keys") is Reason.NOT_JSON


async def test_a_connection_that_breaks_and_a_port_without_a_server_are_unreachable(tmp_path: Path):
    async with somewhere_else() as place, reaching(place, tmp_path) as outbound:
        place.answers["/keys"] = Answer(headers={"Content-Type": "application/json", "Bad Header\x00": "1"})
        assert await reason_of(outbound, f"{place.url}/keys") is Reason.UNREACHABLE
    async with reaching(place, tmp_path) as outbound:
        assert await reason_of(outbound, f"{place.url}/keys") is Reason.UNREACHABLE


async def test_a_socket_file_is_no_way_out():
    with pytest.raises(OutboundFailed):
        await GuardedNetwork().connect_unix_socket("/run/anything.sock")


def test_what_failed_tells_nothing_of_address_or_answer():
    assert str(OutboundFailed(Reason.TOO_LARGE)) == "too_large"


def test_hosts_of_the_own_network_are_named_exactly(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STANCE_OUTBOUND_PRIVATE_HOSTS", "login.clinic.internal:8443, 10.0.0.5:443")
    assert Settings().outbound_private_hosts == ("login.clinic.internal:8443", "10.0.0.5:443")
    for name in ("*", "login.clinic.internal", "*.internal:443", "https://login:443", "[fd00::1]:443", "Login:443"):
        monkeypatch.setenv("STANCE_OUTBOUND_PRIVATE_HOSTS", name)
        with pytest.raises(ValidationError):
            Settings()
