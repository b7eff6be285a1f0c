"""VyOS, read: golden files, both forms, and what is easily got wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.device import told

from samepath.cli.device.lines import lines
from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.secret import Secret
from samepath.device.reading.source import Source
from samepath.device.vyos import reader
from samepath.device.vyos.paths import words_of
from samepath.model.topology import IkeProposal

GOLDEN = Path(__file__).parent / "golden"
WHOLE = (GOLDEN / "two-tunnels.set").read_text()
OLD = (GOLDEN / "old.set").read_text()


def read(text: str) -> DeviceConfiguration:
    return reader.read([Source(name="vyos", text=text)])


@pytest.mark.parametrize("name", ["two-tunnels", "old"])
def test_what_is_understood(name: str) -> None:
    file = GOLDEN / f"{name}.set"
    found = reader.read([Source(name=file.name, text=file.read_text())])

    told.check(found, file.name, GOLDEN / f"{name}.txt")


def in_braces(text: str) -> str:
    """The same configuration as ``config.boot`` has it: a block for each word but the last two."""
    out: list[str] = []
    for line in text.splitlines():
        words = line.replace("'", '"').split(" ", 1)[1]
        head = words_of(words)
        quoted = f'"{head[-1]}"' if " " in head[-1] else head[-1]
        blocks, leaf = list(head[:-2]), f"{head[-2]} {quoted}"
        out += [f"{block} {{" for block in blocks]
        out += [leaf, *("}" for _ in blocks)]
    return "\n".join(out)


def test_braces_say_the_same_as_commands() -> None:
    ours = [line for line in WHOLE.splitlines() if not line.startswith("set system login")]
    flat, braces = (read(text) for text in ("\n".join(ours), in_braces("\n".join(ours))))

    assert [one.neighbours[0].remote_as and one.neighbours[0].remote_as.value for one in flat.bgps]
    assert _without_places(flat) == _without_places(braces)


def test_the_order_of_the_lines_means_nothing() -> None:
    backwards = "\n".join(reversed(WHOLE.splitlines()))

    assert sorted(_without_places(read(WHOLE))) == sorted(_without_places(read(backwards)))


def test_the_family_has_to_be_named() -> None:
    found = {str(one.address): one.activated for one in read(WHOLE).bgps[0].neighbours}

    assert found == {"169.254.120.1": True, "169.254.121.1": True, "169.254.122.1": False}
    assert all(one.activated for one in read(OLD).bgps[0].neighbours)


def test_a_hold_time_alone_is_none() -> None:
    found = {
        str(one.address): one.hold and one.hold.value for one in read(WHOLE).bgps[0].neighbours
    }

    assert found == {"169.254.120.1": 30, "169.254.121.1": 30, "169.254.122.1": None}


def test_each_tunnel_has_its_own_key_and_pfs() -> None:
    first, second = read(WHOLE).tunnels

    assert first.ike is not None
    assert first.ike.secret is not None
    assert first.ike.secret.value == Secret("plantedkey51 with words")
    assert second.ike is not None
    assert second.ike.secret is not None
    assert second.ike.secret.value == Secret("plantedkey52")
    assert first.esp is not None
    (proposal,) = first.esp.proposals
    assert (proposal.value.encryption, proposal.value.group) == ("aes256gcm16", 20)
    assert second.destination is not None
    assert str(second.destination.value) == "198.51.100.22"


def test_a_proposal_has_vyos_own_hash_and_group_where_it_says_none() -> None:
    lines = [
        line
        for line in WHOLE.splitlines()
        if "proposal" not in line and "pfs" not in line and "connection-type" not in line
    ]
    lines += [
        f"set vpn ipsec {kind}-group AWS proposal 1 encryption aes128" for kind in ("ike", "esp")
    ]
    lines += ["set vpn ipsec site-to-site peer T1 connection-type respond"]
    first = read("\n".join(lines)).tunnels[0]
    whole = IkeProposal(encryption="aes128", integrity="sha1", group=2)

    assert first.ike is not None
    assert first.esp is not None
    assert [one.value for one in first.ike.proposals] == [whole]
    assert [one.value for one in first.esp.proposals] == [whole]
    assert first.starts is not None
    assert not first.starts.value


@pytest.mark.parametrize("text", [WHOLE, OLD])
def test_no_secret_is_shown(text: str) -> None:
    found = read(text)
    shown = "".join(line.plain for line in lines(found, "x"))
    remarks = "".join(one.text for one in found.support.remarks)

    assert "plantedkey" not in repr(found) + shown + remarks


@given(
    some=st.lists(
        st.sampled_from(WHOLE.splitlines() + OLD.splitlines()) | st.text(max_size=40), max_size=40
    )
)
def test_any_lines_can_be_read(some: list[str]) -> None:
    for line in lines(read("\n".join(some)), "x"):
        assert "plantedkey" not in line.plain


@given(words=st.lists(st.sampled_from(["{", "}", "protocols", "bgp", "neighbor", "a b", "65000"])))
def test_any_braces_can_be_read(words: list[str]) -> None:
    read("\n".join(words))


def _without_places(found: DeviceConfiguration) -> list[str]:
    shown = [line.plain.rsplit("  ", 1)[0] for line in lines(found, "x")]
    return shown[1 : shown.index("Lines")]
