"""Secrets: compared, and never shown."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.device.reading.secret import MASK, Secret, redacted

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
    ],
)
def test_a_line_is_shown_without_its_secret(line: str) -> None:
    shown = redacted(line)

    assert KEY not in shown
    assert MASK in shown


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
