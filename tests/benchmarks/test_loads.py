"""What iperf3 and BIRD's log say, and what is made of it."""

from __future__ import annotations

import json

import pytest
from benchmarks.by_hand import ACROSS, BACK_TO_BACK, Ends, Suite, swanctl_conf
from benchmarks.iperf import Load, LoadFailed, tcp_untrusted, udp_untrusted
from benchmarks.samples import Measured, Sample
from benchmarks.scenarios import gateway, memory, stability, throughput


def told(**end: dict[str, float]) -> str:
    return json.dumps({"start": {}, "end": end})


def rate(bits: float) -> dict[str, float]:
    return {"bits_per_second": bits}


def test_tcp_is_what_arrived() -> None:
    one = told(sum_sent=rate(11), sum_received=rate(10))
    assert tcp_untrusted(one) == Load(offered=11, delivered=10)


def test_udp_is_the_share_of_packets_that_arrived() -> None:
    text = told(sum={"bits_per_second": 200.0, "packets": 100, "lost_packets": 25})
    assert udp_untrusted(text) == Load(offered=200, delivered=150)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ('{"error": "unable to connect"}', "unable to connect"),
        ("{}", "no end"),
        ('{"end": {"sum": {}}}', "sum.packets"),
        ('{"end": {"sum": {"packets": "7"}}}', "sum.packets"),
    ],
)
def test_what_is_no_load_is_told_in_iperfs_words(text: str, words: str) -> None:
    with pytest.raises(LoadFailed, match=words):
        udp_untrusted(text)


@pytest.mark.parametrize(("limit", "collapses"), [(90e6, False), (100e6, True), (430e6, True)])
def test_the_capacity_is_the_most_that_arrived_of_doubled_offers(
    limit: float, collapses: bool
) -> None:
    def offer(bits: float) -> Load:
        over = limit / 2 if collapses else limit
        return Load(offered=bits, delivered=bits if bits <= limit else over)

    found = stability.capacity(offer)

    assert limit / 2 < found <= limit


def test_every_change_of_a_device_in_vrrp_is_counted_once() -> None:
    log = (
        "Thu Jan  1 00:00:01 2026: (office) Entering MASTER STATE\n"
        "2026-01-01 00:00:01.005 VRRP office MASTER\n"
        "Thu Jan  1 00:00:02 2026: (office) Entering FAULT STATE\n"
        "2026-01-01 00:00:02.001 VRRP office FAULT\n"
    )
    assert gateway.moves_untrusted(log) == 2


def test_every_session_that_went_down_is_counted_also_when_it_is_back() -> None:
    log = """\
2026-11-24 21:40:48.284 <TRACE> bfd1: Session to 169.254.10.2 changed state from Down to Up
2026-11-24 21:40:48.606 <TRACE> bfd1: Session to 169.254.10.2 expired
2026-11-24 21:40:48.606 <TRACE> bfd1: Session to 169.254.10.2 changed state from Up to Down
2026-11-24 21:40:48.606 <TRACE> p_customer: BFD session down
2026-11-24 21:40:48.606 <TRACE> p_customer: BGP session closed
2026-11-24 21:40:49.370 <TRACE> bfd1: Session to 169.254.10.2 changed state from Init to Up
2026-11-24 21:40:50.414 <TRACE> p_customer: BGP session established
"""
    assert stability.downs_untrusted(log) == (1, 1)
    assert stability.downs_untrusted("") == (0, 0)


def bits(arm: str, number: int, value: float) -> Sample:
    measured = Measured(values={"bits": value}) if value else Measured(failed="no")
    return Sample(scenario="throughput", arm=arm, round=number, attempt=0, measured=measured)


def test_throughput_is_judged_by_the_median_of_the_pairs() -> None:
    ours, hand = throughput.OURS, throughput.HAND
    # By medians the arms are equal (100); by pairs ours is worse (90/100, 100/110, 110/90).
    samples = [
        bits(arm, number, value)
        for arm, values in ((ours, (90, 100, 110, 0)), (hand, (100, 110, 90, 100)))
        for number, value in enumerate(values)
    ]
    assert throughput.ratios(samples, ours) == [0.9, 100 / 110, 110 / 90]
    missed = [one.figure for one in throughput.judge(samples) if one.met is False]
    assert missed == ["measurements that failed", f"{ours} / {hand}: median of the pairs"]


@pytest.mark.parametrize("ends", [BACK_TO_BACK, ACROSS])
def test_the_control_is_configured_with_the_labs_suites_and_has_one_initiator(ends: Ends) -> None:
    called, caller = ends
    suite = Suite(ike="aes256-sha256-ecp384", esp="aes256gcm16", replay_window="64", mtu=1388)
    a, b = (swanctl_conf(*pair, suite, "s") for pair in ((called, caller), (caller, called)))
    for text in (a, b):
        assert "proposals = aes256-sha256-ecp384" in text
        assert "esp_proposals = aes256gcm16" in text
    assert ("start_action = none" in a, "start_action = start" in b) == (True, True)
    assert f"local_ts = {called.inside}/32" in a
    assert f"remote_ts = {called.inside}/32" in b
    assert f"local_addrs = {caller.daemon}" in b
    assert f"remote_addrs = {caller.outside}" in a


def test_a_tunnel_weighs_its_charon_and_speaker_and_a_gateway_two_of_them() -> None:
    found = [
        ("charon-ep-seoul-1", 3_000_000),
        ("charon-cgw-seoul-1", 5_000_000),
        ("bird-ep-seoul-1", 2_000_000),
        ("bird-gw-vgw", 1_000_000),
        ("bird-cgw-dc", 1_500_000),
        ("supervisor", 8_000_000),
        ("agent", 30_000_000),
    ]
    values = memory.summary(found)
    assert values["a tunnel, gateway's end"] == 6
    assert values["a gateway of two tunnels"] == 51


def test_the_proportional_set_size_is_read_in_bytes() -> None:
    assert memory.pss_of_untrusted("Rss:  9 kB\nPss:       3 kB\nPss_Anon:  1 kB\n") == 3072
    with pytest.raises(ValueError, match="no Pss"):
        memory.pss_of_untrusted("Rss: 9 kB\n")
