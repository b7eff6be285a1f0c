"""AWS's XML of a connection: what is read of it, and that reading and writing are one law."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.aws.configuration import (
    ConfiguredTunnel,
    CustomerGatewayConfiguration,
    End,
    Ike,
    InvalidConfiguration,
    Ipsec,
    parse,
    render,
)
from samepath.model.secret import Secret

KEY = "planted.Key_0123456789"

BGP = f"""<?xml version="1.0" encoding="UTF-8"?>
<vpn_connection id="vpn-0123456789abcdef0">
  <customer_gateway_id>cgw-0123456789abcdef0</customer_gateway_id>
  <vpn_gateway_id>vgw-0123456789abcdef0</vpn_gateway_id>
  <vpn_connection_type>ipsec.1</vpn_connection_type>
  <ipsec_tunnel>
    <customer_gateway>
      <tunnel_outside_address>
        <ip_address>198.51.100.1</ip_address>
      </tunnel_outside_address>
      <tunnel_inside_address>
        <ip_address>169.254.10.2</ip_address>
        <network_mask>255.255.255.252</network_mask>
        <network_cidr>30</network_cidr>
      </tunnel_inside_address>
      <bgp>
        <asn>65000</asn>
        <hold_time>30</hold_time>
      </bgp>
    </customer_gateway>
    <vpn_gateway>
      <tunnel_outside_address>
        <ip_address>203.0.113.5</ip_address>
      </tunnel_outside_address>
      <tunnel_inside_address>
        <ip_address>169.254.10.1</ip_address>
        <network_mask>255.255.255.252</network_mask>
        <network_cidr>30</network_cidr>
      </tunnel_inside_address>
      <bgp>
        <asn>64512</asn>
        <hold_time>30</hold_time>
      </bgp>
    </vpn_gateway>
    <ike>
      <authentication_protocol>sha1</authentication_protocol>
      <encryption_protocol>aes-128-cbc</encryption_protocol>
      <lifetime>28800</lifetime>
      <perfect_forward_secrecy>group2</perfect_forward_secrecy>
      <mode>main</mode>
      <pre_shared_key>{KEY}</pre_shared_key>
    </ike>
    <ipsec>
      <protocol>esp</protocol>
      <authentication_protocol>hmac-sha1-96</authentication_protocol>
      <encryption_protocol>aes-128-cbc</encryption_protocol>
      <lifetime>3600</lifetime>
      <perfect_forward_secrecy>group2</perfect_forward_secrecy>
      <mode>tunnel</mode>
      <clear_df_bit>true</clear_df_bit>
      <fragmentation_before_encryption>true</fragmentation_before_encryption>
      <tcp_mss_adjustment>1379</tcp_mss_adjustment>
      <dead_peer_detection>
        <interval>10</interval>
        <retries>3</retries>
      </dead_peer_detection>
    </ipsec>
  </ipsec_tunnel>
</vpn_connection>
"""


def refused(text: str) -> str:
    with pytest.raises(InvalidConfiguration) as caught:
        parse(text)
    return str(caught.value)


def test_each_value_is_read() -> None:
    found = parse(BGP)
    (tunnel,) = found.tunnels

    assert (found.connection, found.customer_gateway, found.vpn_gateway) == (
        "vpn-0123456789abcdef0",
        "cgw-0123456789abcdef0",
        "vgw-0123456789abcdef0",
    )
    assert tunnel == ConfiguredTunnel(
        customer=End(
            outside=IPv4Address("198.51.100.1"),
            inside=IPv4Interface("169.254.10.2/30"),
            asn=65000,
            hold=timedelta(seconds=30),
        ),
        gateway=End(
            outside=IPv4Address("203.0.113.5"),
            inside=IPv4Interface("169.254.10.1/30"),
            asn=64512,
            hold=timedelta(seconds=30),
        ),
        ike=Ike(
            authentication="sha1",
            encryption="aes-128-cbc",
            lifetime=timedelta(hours=8),
            group="group2",
            mode="main",
            key=Secret(KEY),
        ),
        ipsec=Ipsec(
            protocol="esp",
            authentication="hmac-sha1-96",
            encryption="aes-128-cbc",
            lifetime=timedelta(hours=1),
            group="group2",
            mode="tunnel",
            clear_df=True,
            fragment_before=True,
            mss=1379,
            dpd_interval=timedelta(seconds=10),
            dpd_retries=3,
        ),
    )
    assert not found.is_static


def test_it_is_written_as_aws_writes_it() -> None:
    assert render(parse(BGP)) == BGP


def test_a_static_connection_has_no_bgp_and_a_transit_gateways_no_gateway() -> None:
    found = replace(parse(BGP), attributes="NoBGPVPNConnection", vpn_gateway=None)

    assert "<vpn_gateway_id></vpn_gateway_id>" in render(found)
    again = parse(render(found).replace("<vpn_gateway_id></vpn_gateway_id>", "<vpn_gateway_id/>"))
    assert again == found
    assert again.is_static


# ----------------------------------------------------------------------------------------- the law

words = st.text(st.characters(codec="ascii", exclude_categories=["Z", "C"]), min_size=1, max_size=9)
texts = st.none() | words
numbers = st.none() | st.integers(min_value=0, max_value=2**32 - 1)
durations = st.none() | st.builds(timedelta, seconds=st.integers(min_value=0, max_value=2**32 - 1))
flags = st.none() | st.booleans()
ends = st.builds(
    End,
    outside=st.none() | st.ip_addresses(),
    inside=st.none()
    | st.builds(
        lambda ip, length: IPv4Interface((ip, length)),
        st.ip_addresses(v=4),
        st.integers(min_value=0, max_value=32),
    ),
    inside_ipv6=st.none()
    | st.builds(
        lambda ip, length: IPv6Interface((IPv6Address(int(ip)), length)),
        st.ip_addresses(v=6),
        st.integers(min_value=0, max_value=128),
    ),
    asn=numbers,
    hold=durations,
)
configurations = st.builds(
    CustomerGatewayConfiguration,
    connection=words,
    customer_gateway=texts,
    vpn_gateway=texts,
    kind=texts,
    attributes=texts,
    tunnels=st.lists(
        st.builds(
            ConfiguredTunnel,
            customer=ends,
            gateway=ends,
            ike=st.builds(
                Ike,
                authentication=texts,
                encryption=texts,
                lifetime=durations,
                group=texts,
                mode=texts,
                key=st.none() | st.builds(Secret, words),
            ),
            ipsec=st.builds(
                Ipsec,
                protocol=texts,
                authentication=texts,
                encryption=texts,
                lifetime=durations,
                group=texts,
                mode=texts,
                clear_df=flags,
                fragment_before=flags,
                mss=numbers,
                dpd_interval=durations,
                dpd_retries=numbers,
            ),
        ),
        max_size=3,
    ).map(tuple),
)


@given(configurations)
def test_what_is_written_is_read_as_it_was(configuration: CustomerGatewayConfiguration) -> None:
    assert parse(render(configuration)) == configuration


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        parse(text)
    assert str(caught.value)


@given(st.data())
def test_a_damaged_configuration_is_read_or_refused_and_tells_no_key(data: st.DataObject) -> None:
    begin = data.draw(st.integers(min_value=0, max_value=len(BGP)))
    end = data.draw(st.integers(min_value=begin, max_value=begin + 40))
    damaged = BGP[:begin] + data.draw(st.text(max_size=20)) + BGP[end:]
    told = told_of(damaged)
    assert told
    if f"<pre_shared_key>{KEY}</pre_shared_key>" in damaged:
        assert KEY not in told


def told_of(text: str) -> str:
    """What is said of a text that may be no configuration."""
    try:
        return repr(parse(text))
    except InvalidConfiguration as error:
        return f"{error} {error!r}"


# ------------------------------------------------------------------------------------- what is not


def test_every_mistake_is_told_with_its_line() -> None:
    wrong = (
        BGP.replace("198.51.100.1", "198.51.100.256")
        .replace("<asn>64512</asn>", "<asn>many</asn>")
        .replace("<clear_df_bit>true<", "<clear_df_bit>yes<")
    )
    assert refused(wrong).splitlines() == [
        "-:9: ip_address: 198.51.100.256 is not an IP address",
        "-:31: asn: many is not a number",
        "-:50: clear_df_bit: yes is not true or false",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no element found"),
        ("...", "syntax error"),
        ("<html/>", "the root is html"),
        ("<vpn_connection/>", "has no id"),
        ("<vpn_connection id='vpn-1'>", "no element found"),
        ("<a>" * 30 + "</a>" * 30, "nested deeper than 24"),
        ("\ud800<a/>", "no character"),
        ("x" * 1_000_001, "1000000 at most"),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, said: str) -> None:
    assert said in refused(text)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a SYSTEM "http://198.51.100.1/a.dtd">',
    ],
)
def test_neither_a_document_type_nor_an_entity_is_read(declaration: str) -> None:
    text = f"<?xml version='1.0'?>\n{declaration}<vpn_connection id='&b;'/>"
    assert refused(text) == "-:2: not XML: a document type is not read here"
    assert "undefined entity" in refused("<vpn_connection id='vpn-1'>&b;</vpn_connection>")


def test_a_key_is_compared_and_never_shown() -> None:
    found = parse(BGP)
    other = parse(BGP.replace(KEY, "another"))

    assert found == parse(BGP)
    assert found != other
    assert KEY not in f"{found!r} {found}"
    key = found.tunnels[0].ike.key
    assert key is not None
    assert key.reveal() == KEY
    assert KEY not in f"{key} {key!r} {[key]}"
    with pytest.raises(TypeError):
        json.dumps({"key": key})
    with pytest.raises(TypeError):
        pickle.dumps(key)
