"""A tunnel as strongSwan's connection: when it rekeys, what it offers, and no secret in it."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from samepath.device.swanctl import connection_section, strongswan_conf, to_text
from samepath.device.swanctl.daemon import RETRANSMIT_SECONDS, retransmissions
from samepath.model.topology import Crypto, Dpd, DpdAction, StartupAction, Tunnel
from samepath.model.unknown import SecretRef, SecretSource

SECRET = SecretRef(source=SecretSource.FILE, locator="/etc/planted.psk")
GATEWAY, CUSTOMER = IPv4Address("203.0.113.1"), IPv4Address("198.51.100.1")


def rendered(
    *,
    gateway: bool = True,
    crypto: Crypto | None = None,
    dpd: Dpd | None = None,
    startup: StartupAction = StartupAction.ADD,
) -> str:
    tunnel = Tunnel(
        number=1,
        outside=GATEWAY,
        inside=IPv4Network("169.254.10.0/30"),
        gateway_secret=SECRET,
        customer_secret=SECRET,
        crypto=crypto or Crypto(),
        dpd=dpd or Dpd(),
        startup=startup,
    )
    return to_text(
        connection_section(
            tunnel,
            gateway=gateway,
            name="seoul-1",
            local_address=GATEWAY if gateway else CUSTOMER,
            local_identity=GATEWAY if gateway else CUSTOMER,
            remote_address=CUSTOMER if gateway else GATEWAY,
        )
    )


def seconds(text: str, key: str) -> list[int]:
    lines = [line.split(" = ") for line in text.splitlines() if " = " in line]
    return [int(value.removesuffix("s")) for name, value in lines if name.strip() == key]


def test_the_default_suites_in_strongswans_words() -> None:
    assert "proposals = aes256gcm16-prfsha384-ecp384" in rendered()
    assert "esp_proposals = aes256gcm16-ecp384" in rendered()


def test_the_customer_starts_for_ever_and_the_gateway_only_if_told() -> None:
    assert "keyingtries = 0" in rendered(gateway=False)
    assert "keyingtries = 1" in rendered()
    assert "keyingtries = 0" in rendered(startup=StartupAction.START)


def test_no_probes_are_sent_where_a_dead_peer_is_kept() -> None:
    assert seconds(rendered(dpd=Dpd(action=DpdAction.NONE)), "dpd_delay") == []
    assert seconds(rendered(), "dpd_delay") == [10]


def test_no_secret_and_no_reference_to_one_is_rendered() -> None:
    text = rendered() + strongswan_conf("c", "/run/samepath/t", Dpd(), Crypto())

    assert "planted" not in text
    assert "secret" not in text.lower().replace("logs no secrets", "")


@given(
    ike=st.integers(3601, 28800),
    esp=st.integers(900, 3600),
    margin=st.integers(60, 450),
    fuzz=st.integers(0, 100),
)
def test_a_rekey_starts_within_awss_margin_and_fuzz(
    ike: int, esp: int, margin: int, fuzz: int
) -> None:
    """Between ``margin`` and ``margin * (1 + fuzz)`` before the end, and never after it."""
    crypto = Crypto(
        ike_lifetime=timedelta(seconds=ike),
        esp_lifetime=timedelta(seconds=esp),
        rekey_margin=timedelta(seconds=margin),
        rekey_fuzz_percent=fuzz,
    )
    text = rendered(crypto=crypto)
    latest, spread = seconds(text, "rekey_time"), seconds(text, "rand_time")

    assert latest == [ike - margin, esp - margin]
    assert spread == [margin * fuzz // 100] * 2
    assert seconds(text, "over_time") == [margin]
    assert seconds(text, "life_time") == [esp]


@given(delay=st.integers(1, 100), trying=st.integers(6, 900))
def test_silence_counts_as_death_at_the_timeout(delay: int, trying: int) -> None:
    dpd = Dpd(delay=timedelta(seconds=delay), timeout=timedelta(seconds=delay + trying))
    given_up_after = RETRANSMIT_SECONDS * (1 + retransmissions(dpd))

    assert abs(given_up_after - trying) <= RETRANSMIT_SECONDS / 2
