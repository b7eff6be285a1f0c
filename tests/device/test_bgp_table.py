"""BGP tables as devices print them, read as what they say."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.device.bgp_table import NotABgpTable, from_frr_json, from_ios_text, is_ios_text
from samepath.routing.observation import Seen

IOS = """\
dc-rtr1#show ip bgp
BGP table version is 9, local router ID is 198.51.100.1
Status codes: s suppressed, d damped, h history, * valid, > best, i - internal,
              r RIB-failure, S Stale, m multipath, b backup-path
Origin codes: i - IGP, e - EGP, ? - incomplete

     Network          Next Hop            Metric LocPrf Weight Path
 *>   10.0.0.0/16      169.254.10.1           100             0 64512 i
 *                     169.254.10.5           200             0 64512 64512 i
 *m                    169.254.10.9                  150    300 64512 ?
 r>i  172.16.0.0       192.168.10.3             0    100      0 i
 *>   192.168.10.0     0.0.0.0                  0         32768 i
"""
"""As some releases of IOS print it: each line stands a column beside the titles."""
FRR = """\
BGP table version is 8, local router ID is 192.0.2.72, vrf id 0
Default local pref 100, local AS 65000
Status codes:  s suppressed, d damped, h history, * valid, > best, = multipath,
               i internal, r RIB-failure, S Stale, R Removed
Origin codes:  i - IGP, e - EGP, ? - incomplete

   Network          Next Hop            Metric LocPrf Weight Path
*> 10.0.0.0/16      169.254.10.1           100             0 64512 i
*=                  169.254.10.5           100             0 64512 i
*>i192.168.10.128/25
                    100.64.0.29              0    120      0 i
   192.168.10.128/25
                    100.64.0.33              0             0 65009 {65001,65002} i
*> 192.168.20.0/24  0.0.0.0                  0         32768 i

Displayed  3 routes and 4 total paths
"""


def seen(prefix: str, neighbour: str | None, *, used: bool, **more: object) -> Seen:
    route = Seen(
        prefix=IPv4Network(prefix),
        neighbour=None if neighbour is None else IPv4Address(neighbour),
        used=used,
        med=0,
        as_path=(),
    )
    return replace(route, **more)  # type: ignore[arg-type]


def test_the_text_of_ios_is_read_column_by_column() -> None:
    assert is_ios_text(IOS)
    assert from_ios_text(IOS) == (
        seen("10.0.0.0/16", "169.254.10.1", used=True, med=100, as_path=(64512,)),
        seen("10.0.0.0/16", "169.254.10.5", used=False, med=200, as_path=(64512, 64512)),
        seen("10.0.0.0/16", "169.254.10.9", used=True, local_preference=150, as_path=(64512,)),
        seen("172.16.0.0/16", "192.168.10.3", used=True, local_preference=100),
        seen("192.168.10.0/24", None, used=True),
    )


def test_the_text_of_ios_is_read_where_its_lines_stand_below_the_titles() -> None:
    lines = [re.sub(r"^( ..)[ ](.)", r"\1\2", line) for line in IOS.splitlines()[7:]]
    assert from_ios_text("\n".join([*IOS.splitlines()[:7], *lines])) == from_ios_text(IOS)


def test_the_text_of_frr_is_read_with_prefixes_that_have_a_line_to_themselves() -> None:
    assert from_ios_text(FRR) == (
        seen("10.0.0.0/16", "169.254.10.1", used=True, med=100, as_path=(64512,)),
        seen("10.0.0.0/16", "169.254.10.5", used=True, med=100, as_path=(64512,)),
        seen("192.168.10.128/25", "100.64.0.29", used=True, local_preference=120),
        seen("192.168.10.128/25", "100.64.0.33", used=False, as_path=None),
        seen("192.168.20.0/24", None, used=True),
    )


def test_the_json_of_frr_is_read_with_who_sent_each_path() -> None:
    path = {
        "valid": True,
        "metric": 10,
        "locPrf": 120,
        "peerId": "100.64.0.26",
        "path": "64513 64513",
        "nexthops": [{"ip": "100.64.0.5", "used": True}],
    }
    own = {"bestpath": True, "peerId": "(unspec)", "path": "", "nexthops": [{"ip": "0.0.0.0"}]}
    text = json.dumps(
        {
            "routes": {
                "10.0.128.0/17": [path, {**path, "bestpath": True, "peerId": "100.64.0.29"}],
                "192.168.0.0/16": [own],
            }
        }
    )
    heard = {"med": 10, "local_preference": 120, "as_path": (64513, 64513)}
    assert from_frr_json(text) == (
        seen("10.0.128.0/17", "100.64.0.26", used=False, **heard),
        seen("10.0.128.0/17", "100.64.0.29", used=True, **heard),
        seen("192.168.0.0/16", None, used=True),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (IOS.replace("169.254.10.1 ", "169.254.10.x "), "line 8"),
        (IOS.replace("64512 i\n", "64512\n", 1), "line 8"),
        (IOS.replace("   10.0.0.0/16 ", "               "), "line 8"),
    ],
)
def test_a_line_that_is_no_path_is_told_with_its_number(text: str, says: str) -> None:
    with pytest.raises(NotABgpTable, match=says):
        from_ios_text(text)


@pytest.mark.parametrize("text", ["{", "{}", '{"routes": []}', '{"routes": {"x": [{}]}}', "[" * 9])
def test_json_that_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(NotABgpTable):
        from_frr_json(text)


@given(
    st.lists(
        st.sampled_from([*IOS.splitlines(), *FRR.splitlines(), "{}", "\t", "*>", " *> 1.2.3"])
        | st.text(max_size=60)
    )
)
def test_rubbish_is_refused_or_read_and_nothing_else(lines: list[str]) -> None:
    for read in (from_ios_text, from_frr_json):
        with suppress(NotABgpTable):
            read("\n".join(lines))
