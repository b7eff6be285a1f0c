"""A whole customer gateway's swanctl.conf: what it says, and that its reader takes it as meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.device.writing_laws import customer
from tests.model import golden

from samepath.device.reading.secret import Secret as ReadSecret
from samepath.device.reading.source import Source
from samepath.device.reading.support import DOUBTFUL, Ledger
from samepath.device.reading.tunnels import Tunnel
from samepath.device.strongswan import reader
from samepath.device.swanctl.site import daemon, tunnels
from samepath.device.writing.customer import CustomerToWrite
from samepath.model.secret import Secret
from samepath.model.topology import STRONG_IKE, IkeProposal

GOLDEN = Path(__file__).parent / "golden"
SUITES = (
    (STRONG_IKE[0], IkeProposal(encryption="aes256gcm16", integrity=None, group=20)),
    (
        IkeProposal(encryption="aes256", integrity="sha512", group=24),
        IkeProposal(encryption="aes256", integrity="sha256", group=14),
    ),
)


def read_back(it: CustomerToWrite) -> tuple[Tunnel, ...]:
    ledger = Ledger()
    found = reader.read(
        [
            Source(name="fw1.conf", text=tunnels(it)),
            Source(name="charon.conf", text=daemon(it)),
        ],
        ledger,
    )
    assert not [one for one in ledger.close().remarks if one.mark.state in DOUBTFUL]
    return found


def test_the_files() -> None:
    golden.check(GOLDEN / "site.conf", tunnels(customer()))
    golden.check(GOLDEN / "charon.conf", daemon(customer()))


@pytest.mark.parametrize(("ike", "esp"), SUITES)
@pytest.mark.parametrize("version", [1, 2])
def test_its_reader_takes_each_tunnel_as_it_was_meant(
    ike: IkeProposal, esp: IkeProposal, version: int
) -> None:
    before = customer()
    changed = tuple(replace(one, ike=ike, esp=esp, ike_version=version) for one in before.tunnels)
    it = replace(before, tunnels=changed)

    for own, meant in zip(read_back(it), it.tunnels, strict=True):
        assert own.destination is not None
        assert own.destination.value == meant.outside
        assert own.starts is not None
        assert own.starts.value
        assert own.ike is not None
        assert own.ike.version is not None
        assert own.ike.version.value == version
        assert [one.value for one in own.ike.proposals] == [ike]
        assert own.ike.lifetime is not None
        assert own.ike.lifetime.value < meant.ike_lifetime.total_seconds()
        assert own.esp is not None
        assert [one.value for one in own.esp.proposals] == [esp]


@given(key=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30))
def test_a_key_means_the_same_whatever_is_in_it(key: str) -> None:
    before = customer()
    first = replace(before.tunnels[0], key=Secret(key))
    own, _ = read_back(replace(before, tunnels=(first, *before.tunnels[1:])))

    assert own.ike is not None
    assert own.ike.secret is not None
    assert own.ike.secret.value == ReadSecret(key)


def test_a_key_that_is_not_told_has_a_place_where_it_goes() -> None:
    before = customer()
    it = replace(before, tunnels=tuple(replace(one, key=None) for one in before.tunnels))

    assert 'secret = "PRE-SHARED-KEY-OF-TUNNEL-2"' in tunnels(it)


def test_a_device_behind_a_nat_calls_itself_by_what_the_gateway_knows() -> None:
    it = replace(customer(), address=customer().tunnels[0].gateway_inside)

    assert "    local_addrs = 169.254.1.1\n" in tunnels(it)
    assert "      id = 203.0.113.10\n" in tunnels(it)
    assert "# A NAT shows 169.254.1.1 as 203.0.113.10" in tunnels(it)
