"""A customer gateway's own swanctl.conf: it starts and restarts its tunnel, and holds no key."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

from samepath.device.swanctl import (
    connection_section,
    secrets_conf,
    strongswan_conf,
    swanctl_conf,
)
from samepath.model.topology import Crypto, Dpd, DpdAction, Tunnel
from samepath.model.unknown import SecretRef, SecretSource

SECRET = SecretRef(source=SecretSource.FILE, locator="/etc/planted.psk")
EXPECTED = """\
# A customer gateway's own: its strongSwan loads this once, when it starts.
connections {
  seoul-1 {
    version = 2
    local_addrs = 192.0.0.1
    remote_addrs = 203.0.113.1
    proposals = aes256gcm16-prfsha384-ecp384
    unique = replace
    keyingtries = 0
    mobike = no
    rekey_time = 28530s
    rand_time = 270s
    over_time = 270s
    dpd_delay = 10s
    local {
      auth = psk
      id = 198.51.100.1
    }
    remote {
      auth = psk
      id = 203.0.113.1
    }
    children {
      seoul-1 {
        local_ts = 0.0.0.0/0
        remote_ts = 0.0.0.0/0
        esp_proposals = aes256gcm16-ecp384
        mode = tunnel
        policies = yes
        replay_window = 1024
        rekey_time = 3330s
        rand_time = 270s
        life_time = 3600s
        start_action = start
        close_action = start
        dpd_action = restart
      }
    }
  }
}
include /run/samepath/t/keys/seoul-1.conf
"""


def rendered(dpd: Dpd, *, by_itself: bool = True) -> str:
    tunnel = Tunnel(
        number=1,
        outside=IPv4Address("203.0.113.1"),
        inside=IPv4Network("169.254.10.0/30"),
        gateway_secret=SECRET,
        customer_secret=SECRET,
        dpd=dpd,
    )
    section = connection_section(
        tunnel,
        gateway=False,
        name="seoul-1",
        local_address=IPv4Address("192.0.0.1"),
        local_identity=IPv4Address("198.51.100.1"),
        remote_address=IPv4Address("203.0.113.1"),
        by_itself=by_itself,
    )
    return swanctl_conf("seoul-1", section, "/run/samepath/t/keys/seoul-1.conf")


def test_it_starts_its_tunnel_and_starts_it_again_after_a_loss_and_a_deletion() -> None:
    assert rendered(Dpd()) == EXPECTED


def test_whom_somebody_tells_to_start_does_not_start_by_itself() -> None:
    assert "start_action = none" in rendered(Dpd(), by_itself=False)


def test_without_dead_peer_detection_it_sends_no_probes() -> None:
    assert "dpd_delay" not in rendered(Dpd(action=DpdAction.NONE))
    assert "dpd_delay = 1s" in rendered(Dpd(delay=timedelta(seconds=1)))


def test_the_key_stands_with_those_whose_it_is_in_a_file_of_its_own() -> None:
    assert secrets_conf("seoul-1", ["198.51.100.1", "203.0.113.1"], "Planted.key_1") == (
        "secrets {\n"
        "  ike-seoul-1 {\n"
        "    id-1 = 198.51.100.1\n"
        "    id-2 = 203.0.113.1\n"
        '    secret = "Planted.key_1"\n'
        "  }\n"
        "}\n"
    )


def test_its_charon_loads_the_file_when_it_has_started_and_another_loads_nothing() -> None:
    own = strongswan_conf("charon-a", "/run/w", Dpd(), Crypto(), "/run/w/etc/a.swanctl.conf")
    assert (
        "    load = swanctl --load-all --noprompt --file /run/w/etc/a.swanctl.conf "
        "--uri unix:///run/w/run/charon-a.vici\n"
    ) in own
    assert own.index("device = ") < own.index("load = swanctl")
    assert "swanctl" not in strongswan_conf("charon-a", "/run/w", Dpd(), Crypto())
