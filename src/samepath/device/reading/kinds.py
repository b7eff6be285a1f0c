"""The kinds of words in command lines: addresses, prefixes, AS numbers, names."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.device.reading.grammar import Kind, between

_LAST_ASN = 2**32 - 1


def address(word: str) -> IPv4Address:
    """An IPv4 address. Raises ValueError."""
    return IPv4Address(word)


def interface_address(word: str) -> IPv4Interface:
    """An address with the length of its network. Raises ValueError."""
    if "/" not in word:
        raise ValueError("it has no length")
    return IPv4Interface(word)


def network(word: str) -> IPv4Network:
    """A prefix; bits behind its length are dropped, as devices do. Raises ValueError."""
    if "/" not in word:
        raise ValueError("it has no length")
    return IPv4Network(word, strict=False)


def mask(word: str) -> int:
    """The length that a network mask stands for. Raises ValueError."""
    bits = int(IPv4Address(word))
    length = bits.bit_count()
    if bits != (2**32 - 1) ^ (2 ** (32 - length) - 1):
        raise ValueError("it is no mask of a network")
    return length


def asn(word: str) -> int:
    """An AS number, also as ``1.10`` (RFC 5396, asdot). Raises ValueError."""
    high, dot, low = word.partition(".")
    if dot:
        return (between(0, 65535)(high) << 16) + between(0, 65535)(low)
    return between(1, _LAST_ASN)(word)


def name(word: str) -> str:
    """Any word."""
    return word


def peer(word: str) -> str:
    """A neighbour as a command names it: an address, or the name of a group or an interface."""
    return str(IPv4Address(word)) if word[:1].isdigit() and ":" not in word else word


_COMMUNITIES = {
    "no-export": "65535:65281",
    "no-advertise": "65535:65282",
    "local-as": "65535:65283",
    "local-AS": "65535:65283",
    "no-peer": "65535:65284",
    "blackhole": "65535:666",
    "graceful-shutdown": "65535:0",
    "gshut": "65535:0",
    "internet": "0:0",
}


def community(word: str) -> str:
    """A standard community as ``65000:1``, however it is written. Raises ValueError."""
    if word in _COMMUNITIES:
        return _COMMUNITIES[word]
    high, colon, low = word.partition(":")
    if not colon:
        number = between(0, 2**32 - 1)(word)
        return f"{number >> 16}:{number & 65535}"
    return f"{between(0, 65535)(high)}:{between(0, 65535)(low)}"


KINDS: dict[str, Kind] = {
    "ADDRESS": address,
    "ASN": asn,
    "COMMUNITY": community,
    "INTERFACE": interface_address,
    "MASK": mask,
    "PEER": peer,
    "PREFIX": network,
    "WORD": name,
}
