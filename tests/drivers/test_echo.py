"""ICMP echo: the checksum's law, rubbish from the network, and a peer on a wire of one's own."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv4Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.drivers.daemons.worlds import ADDRESSES, ip, until, wire

from samepath.drivers.echo import Echo, EchoPath, _packet, checksum, number_of_untrusted

numbers = st.integers(0, 0xFFFF)


def ones_complement_sum(data: bytes) -> int:
    """RFC 1071, 1: the 16-bit words added, every carry added again at the low end."""
    total = 0
    for (word,) in struct.iter_unpack("!H", data):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_the_rfcs_own_example() -> None:
    """RFC 1071, 3: the sum is ddf2."""
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


@given(data=st.lists(st.binary(min_size=2, max_size=2), max_size=40).map(b"".join))
@example(data=b"\xff\xff" * 40)
def test_data_with_its_checksum_sum_to_all_ones(data: bytes) -> None:
    """RFC 1071, 1: how a receiver checks."""
    assert ones_complement_sum(data + struct.pack("!H", checksum(data))) == 0xFFFF


def reply(identifier: int, number: int, *, options: bytes = b"") -> bytes:
    """What a raw socket gives: the IPv4 header, and an answer to a probe."""
    header = bytes([0x40 | (5 + len(options) // 4)]) + bytes(19) + options
    return header + struct.pack("!BBHHH", 0, 0, 0, identifier, number)


@given(identifier=numbers, number=numbers, words=st.integers(0, 10), tail=st.binary(max_size=64))
def test_an_answer_tells_its_number_whatever_ip_options_it_has(
    identifier: int, number: int, words: int, tail: bytes
) -> None:
    data = reply(identifier, number, options=bytes(4 * words)) + tail

    assert number_of_untrusted(data, identifier) == number


@given(identifier=numbers, other=numbers, number=numbers)
def test_an_answer_to_somebody_elses_probe_is_none_of_ours(
    identifier: int, other: int, number: int
) -> None:
    found = number_of_untrusted(reply(other, number), identifier)

    assert found == (number if other == identifier else None)


@given(identifier=numbers, number=numbers)
def test_our_own_probe_is_no_answer(identifier: int, number: int) -> None:
    """A raw socket hears the request, too, where it goes to the machine itself."""
    data = bytes([0x45]) + bytes(19) + _packet(identifier, number)

    assert number_of_untrusted(data, identifier) is None


@given(data=st.binary(max_size=80), identifier=numbers)
@example(data=b"", identifier=0)
@example(data=b"\x40", identifier=0)
@example(data=b"\x4f" + bytes(60), identifier=0)
def test_rubbish_gives_a_number_or_none(data: bytes, identifier: int) -> None:
    found = number_of_untrusted(data, identifier)

    assert found is None or 0 <= found <= 0xFFFF


@given(identifier=numbers, number=numbers, cut=st.integers(1, 28))
def test_a_packet_that_was_cut_is_no_answer(identifier: int, number: int, cut: int) -> None:
    assert number_of_untrusted(reply(identifier, number)[:-cut], identifier) is None


# --- on a wire -----------------------------------------------------------------------------------


@pytest.fixture
def ends() -> Iterator[tuple[str, str]]:
    with wire() as namespaces:
        yield namespaces


@pytest.fixture
def echo(ends: tuple[str, str]) -> Iterator[Echo]:
    here, there = (IPv4Address(address) for address in ADDRESSES)
    made = Echo(EchoPath(namespace=ends[0], device="v1", local=here, peer=there))
    yield made
    made.close()


def answered(echo: Echo) -> bool:
    """Whether a probe that is sent now comes back. The first one may wait for ARP."""
    number = echo.send()
    until(lambda: number in echo.answered())
    return True


@pytest.mark.packet
def test_a_living_peer_answers_each_probe_once(echo: Echo) -> None:
    assert answered(echo)
    sent = {echo.send() for _ in range(20)}
    found: list[int] = []

    def all_back() -> bool:
        found.extend(echo.answered())
        return len(found) >= len(sent)

    until(all_back)
    assert sorted(found) == sorted(sent)
    assert echo.answered() == frozenset()


@pytest.mark.packet
def test_a_dead_peer_answers_nothing_and_a_later_probe_finds_it_back(
    echo: Echo, ends: tuple[str, str]
) -> None:
    assert answered(echo)
    ip("-n", ends[1], "link", "set", "v2", "down")
    lost = {echo.send() for _ in range(3)}
    ip("-n", ends[1], "link", "set", "v2", "up")

    found: set[int] = set()

    def back() -> bool:
        echo.send()
        found.update(echo.answered())
        return bool(found)

    until(back)
    assert not found & lost


@pytest.mark.packet
def test_a_probe_goes_out_of_its_device_whatever_the_routes_say(
    echo: Echo, ends: tuple[str, str]
) -> None:
    """A tunnel's probe that came back by another tunnel would prove nothing."""
    ip("-n", ends[0], "route", "add", "blackhole", f"{ADDRESSES[1]}/32")

    assert answered(echo)


@pytest.mark.packet
def test_when_its_device_has_gone_probes_are_lost_until_another_one_has_come(
    echo: Echo, ends: tuple[str, str]
) -> None:
    """As a tunnel's device goes with its daemon, and comes with the next one."""
    assert answered(echo)
    ip("-n", ends[0], "link", "delete", "v1")
    sent = [echo.send() for _ in range(3)]
    assert (len(set(sent)), echo.answered()) == (3, frozenset())

    ip(
        *("-n", ends[0], "link", "add", "name", "v1"),
        *("type", "veth", "peer", "name", "v2", "netns", ends[1]),
    )
    for namespace, device, address in zip(ends, ("v1", "v2"), ADDRESSES, strict=True):
        ip("-n", namespace, "address", "add", f"{address}/24", "dev", device)
        ip("-n", namespace, "link", "set", device, "up")

    until(lambda: echo.send() and echo.answered())


@pytest.mark.packet
def test_in_a_namespace_that_is_not_there_a_probe_is_just_lost(ends: tuple[str, str]) -> None:
    here, there = (IPv4Address(address) for address in ADDRESSES)
    lost = Echo(EchoPath(namespace=f"{ends[0]}-gone", device="v1", local=here, peer=there))

    assert [lost.send(), lost.send()] == [1, 2]
    assert lost.answered() == frozenset()
