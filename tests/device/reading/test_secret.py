"""Secrets: compared, and never shown."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.device.reading.secret import MASK, Secret, redacted
from samepath.device.reading.source import Source
from samepath.device.reading.support import ALL_PARTS, Ledger, Remark, contradictory, unknown

KEY = "Nb8Zx_plantedkey.42"


@pytest.mark.parametrize(
    "line",
    [
        f"  pre-shared-key address 203.0.113.1 key {KEY}",
        f" pre-shared-key address 203.0.113.1 255.255.255.255 key 6 {KEY}",
        f"crypto isakmp key {KEY} address 203.0.113.1",
        f" neighbor 169.254.10.1 password {KEY}",
        f" neighbor 169.254.10.1 password 7 {KEY}",
        f"enable secret 5 {KEY}",
        f"username admin privilege 15 password 0 {KEY}",
        f"snmp-server community {KEY} RO",
        f' set psksecret "{KEY}"',
        f" set psksecret ENC {KEY}",
        f'set security ike policy p pre-shared-key ascii-text "{KEY}"',
        f"set vpn ipsec site-to-site peer 203.0.113.1 authentication pre-shared-secret '{KEY}'",
        f'    secret = "{KEY}"',
        f"203.0.113.1 : PSK {KEY}",
        f'    password "{KEY}";',
        f" pre-shared-key local {KEY}",
        f" pre-sharedkey {KEY} key",
        f"tunnel key-string {KEY}",
        f': PKS "{KEY}"',
        f'carol : EAP "{KEY}"',
        f'vpn.example.org: XAUTH "{KEY}"',
        f"203.0.113.1 : {KEY}",
    ],
)
def test_a_line_is_shown_without_its_secret(line: str) -> None:
    shown = redacted(line)

    assert KEY not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    "line",
    [
        f"standby 1 authentication {KEY}",
        f"neighbor 10.0.0.1 pasword {KEY}",
        f"neighbor 10.0.0.1 passwrod {KEY}",
        f"pre-shared {KEY}",
        f"crypto isakmp ky {KEY} address 203.0.113.1",
        f"crypto isakmp kye {KEY} address 203.0.113.1",
        f"set vpn ipsec authentication pks p sekret {KEY}",
        f"ike_sercet = {KEY}",
        f'ascii-txt "{KEY}";',
    ],
)
def test_a_line_that_was_not_understood_is_shown_up_to_the_first_word_in_doubt(line: str) -> None:
    assert KEY not in redacted(line)
    assert MASK in redacted(line)


@pytest.mark.parametrize(
    "line",
    [
        "maximum-paths eibpg 2",
        "neighbor 169.254.10.1 route-map NOWHERE in",
        "neighbor 10.0.0.1 send-community both",
        "frobnicate the secure tunnel mode",
        "set mode aggressive",
        "inactive: interface ge-0/0/1.0;",
        "authentication-method dsa-signatures;",
        "then they select communities",
    ],
)
def test_a_line_that_was_not_understood_and_holds_no_secret_is_shown(line: str) -> None:
    assert redacted(line) == line


def _remarks(text: str, reason: str) -> tuple[Remark, ...]:
    ledger = Ledger()
    for line in Source(name="f", text=text).lines():
        ledger.mark(line, unknown(reason, ALL_PARTS))
    return ledger.close().remarks


def test_a_secret_on_the_line_below_its_word_is_not_shown() -> None:
    remarks = _remarks(f'pre-shared-key ascii-txt\n  "{KEY}";\nmode main;', f"what is `{KEY}`?")

    assert [one.text for one in remarks] == ["pre-shared-key <secret>", MASK, "mode main;"]
    assert remarks[1].reason == f"what is `{MASK}`?"


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("pre-shared-key ascii-text", KEY),
        ("pre-shared-key ascii-txt", f"'{KEY}'"),
        ('set psksecret "first', f'and {KEY} more"'),
    ],
)
def test_what_follows_an_announcement_is_the_secret(before: str, line: str) -> None:
    assert [one.text for one in _remarks(f"{before}\n{line}", "odd")][1] == MASK


def test_a_line_below_one_with_its_secret_is_shown() -> None:
    text = f"neighbor 10.0.0.1 pasword {KEY}\nfrob 'x'\nexit"

    assert [one.text for one in _remarks(text, "odd")][1:] == ["frob 'x'", "exit"]


def test_a_line_that_contradicts_another_is_in_doubt_too() -> None:
    ledger = Ledger()
    (line,) = Source(name="f", text=f'protocol bgp x {{ pasword "{KEY}"; }}').lines()
    ledger.mark(line, contradictory("it has no channel", ALL_PARTS))

    assert KEY not in ledger.close().remarks[0].text


def test_a_reason_quotes_no_secret_and_nothing_that_a_terminal_obeys() -> None:
    long = "s3cret" * 20
    (told,) = _remarks(f"key {long} x\x1b[2J", f"`{long[:40]}` has no place, nor x\x1b[2J")
    (odd,) = _remarks("frob \x1b[2J", "`\x1b[2J` has no place there")

    assert told.reason == f"`{MASK}` has no place, nor {MASK}"
    assert odd.text == "frob \\x1b[2J"
    assert odd.reason == "`\\x1b[2J` has no place there"


def test_a_key_that_is_no_text_is_compared_all_the_same() -> None:
    assert Secret("\ud800") == Secret("\ud800")
    assert Secret("\ud800") != Secret("x")


@pytest.mark.parametrize(
    "line",
    [
        "crypto keyring keyring-vpn-03701a53bba3c48b7-0",
        "set community 65000:1 additive",
        "set policy-options policy-statement P from community FROM-AWS",
        "match community FROM-AWS",
        "bgp community-list standard FROM-AWS permit 65000:1",
        "neighbor 169.254.10.1 send-community both",
        "tunnel protection ipsec profile ipsec-vpn-03701a53bba3c48b7-with-a-long-name",
        "maximum-paths eigbp 4",
    ],
)
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert redacted(line) == line


def test_a_long_word_without_words_in_it_may_be_a_key() -> None:
    assert redacted("odd 0123456789abcdef0123456789abcdef0123") == f"odd {MASK}"


def test_a_secret_tells_whether_another_is_the_same_and_nothing_else() -> None:
    secret = Secret(KEY)

    assert secret == Secret(KEY)
    assert secret != Secret("other")
    assert secret != KEY
    assert hash(secret) == hash(Secret("other"))
    assert KEY not in repr(secret) + str(secret) + f"{secret}"
    for write in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="not written"):
            write(secret)


@given(text=st.text(max_size=200))
def test_any_line_can_be_shown(text: str) -> None:
    redacted(text)
