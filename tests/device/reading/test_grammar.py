"""Command lines: which command fits, what it keeps, and why none does."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.device.reading.grammar import Command, Grammar
from samepath.device.reading.kinds import KINDS, asn, community, mask, network

PATTERNS = (
    "neighbor peer=PEER remote-as as=internal|external|ASN",
    "neighbor peer=PEER route-map map=WORD way=in|out",
    "neighbor peer=PEER activate",
    "network prefix=PREFIX [route-map map=WORD]",
    "network address=ADDRESS [mask mask=MASK]",
    "maximum-paths [ibgp] number=1..64",
    "match ip address prefix-list names=*",
    "match ip address names=*",
    "description text=*",
)
GRAMMAR = Grammar([Command(pattern=one, what=one) for one in PATTERNS], KINDS)
WITHOUT = Grammar([Command(pattern=one, what=one) for one in PATTERNS], KINDS, abbreviates=False)


def values(line: str) -> dict[str, object] | None:
    found = GRAMMAR.match(line.split())
    return None if found is None else dict(found.values)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("neighbor 10.0.0.1 remote-as 65001", {"peer": "10.0.0.1", "as": 65001}),
        ("neighbor 10.0.0.1 remote-as external", {"peer": "10.0.0.1", "as": "external"}),
        ("neighbor AWS route-map M out", {"peer": "AWS", "map": "M", "way": "out"}),
        ("nei 10.0.0.1 rem 65001", {"peer": "10.0.0.1", "as": 65001}),
        ("network 10.0.0.1/8", {"prefix": IPv4Network("10.0.0.0/8")}),
        ("network 10.0.0.0 mask 255.0.0.0", {"address": IPv4Address("10.0.0.0"), "mask": 8}),
        ("maximum-paths ibgp 4", {"number": 4}),
        ("match ip address prefix-list A B", {"names": "A B"}),
        ("match ip address 10", {"names": "10"}),
        ("description to   the cloud", {"text": "to the cloud"}),
    ],
)
def test_a_line_fits_and_keeps_its_values(line: str, kept: dict[str, object]) -> None:
    assert values(line) == kept


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            "maximum-paths eigbp 4",
            "`maximum-paths` does not go on with `eigbp`; did it mean `ibgp`?",
        ),
        ("maximum-paths 65", "`maximum-paths` does not go on with `65`"),
        ("neighbor 10.0.0.1 route-map M", "it is not complete"),
        ("neigbor 10.0.0.1 activate", "no command begins with `neigbor`; did it mean `neighbor`?"),
        ("n 10.0.0.1 activate now", "`n 10.0.0.1 activate` does not go on with `now`"),
    ],
)
def test_a_line_that_fits_no_command_is_told_how_far_it_is_known(line: str, why: str) -> None:
    assert values(line) is None
    assert GRAMMAR.why_not(line.split()).startswith(why.split(" does not", maxsplit=1)[0])
    if line != "neighbor 10.0.0.1 r 65001":
        assert GRAMMAR.why_not(line.split()) == why


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            "policy p pre-shared-key KEY",
            "what stands behind `policy p pre-shared-key` does not fit",
        ),
        (
            "policy p pre-shared-key ascii-text KEY more",
            "what stands behind `policy p pre-shared-key` does not fit",
        ),
        ("authentication psk secret KEY", "what stands behind `authentication` does not fit"),
        (
            "authentication psk p sercet KEY",
            "what stands behind `authentication` does not fit; did it mean `secret`?",
        ),
    ],
)
def test_a_reason_quotes_nothing_behind_a_word_that_announces_a_secret(line: str, why: str) -> None:
    patterns = (
        "policy WORD pre-shared-key ascii-text key=WORD",
        "authentication psk WORD secret key=WORD",
    )
    grammar = Grammar([Command(pattern=one, what=one) for one in patterns], KINDS)

    assert grammar.why_not(line.split()) == why


def test_a_word_that_could_mean_two_commands_means_none() -> None:
    both = Grammar(
        [Command(pattern="set metric 1..9", what=1), Command(pattern="set mesh 1..9", what=2)],
        KINDS,
    )

    assert both.match(["set", "me", "1"]) is None
    assert both.why_not(["set", "me", "1"]) == "more than one command could be meant"


def test_some_platforms_take_no_abbreviations() -> None:
    assert WITHOUT.match(["neighbor", "10.0.0.1", "activate"]) is not None
    assert WITHOUT.match(["nei", "10.0.0.1", "activate"]) is None


@given(
    words=st.lists(
        st.text(max_size=12) | st.sampled_from(["neighbor", "ip", "match", "10.0.0.1", "/"])
    )
)
def test_any_words_have_an_answer(words: list[str]) -> None:
    assert GRAMMAR.match(words) is not None or GRAMMAR.why_not(words)


@pytest.mark.parametrize("word", ["0", "4294967296", "65536.1", "1.65536", "1.1.1", "x", "²", "-1"])
def test_no_as_number(word: str) -> None:
    with pytest.raises(ValueError, match="n"):
        asn(word)


def test_values_as_devices_write_them() -> None:
    assert asn("1.10") == 65546
    assert community("no-export") == "65535:65281"
    assert community("4259840001") == "65000:1"
    assert mask("255.255.255.252") == 30
    assert network("10.1.2.3/8") == IPv4Network("10.0.0.0/8")
    with pytest.raises(ValueError, match="mask"):
        mask("255.0.255.0")
