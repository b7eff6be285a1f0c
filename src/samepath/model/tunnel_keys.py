"""The keys of a tunnel in a topology file: addresses, keys, algorithms, lifetimes, DPD."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import cast

from samepath.model import limits
from samepath.model.fields import Field, ListOf, One, Record, Refused
from samepath.model.kinds import (
    Secret,
    choice,
    duration,
    integer,
    name,
    network,
    outside_address,
    spelled,
)
from samepath.model.limits import SECOND
from samepath.model.policy_keys import CUSTOMER_POLICY, GATEWAY_POLICY
from samepath.model.topology import (
    UNRESPONSIVE_MBIT as USUAL_UNRESPONSIVE_MBIT,
)
from samepath.model.topology import (
    DpdAction,
    StartupAction,
)
from samepath.model.tree import Scalar

ALLOWED_BY_AWS = " (AWS's limits)"
OURS = "samepath's choice"


def _inside() -> One[IPv4Network]:
    base = network()
    words = "a /30 in 169.254.0.0/16 that AWS does not reserve"

    def convert(node: Scalar) -> IPv4Network:
        value = base.convert(node)
        if value.prefixlen != limits.INSIDE_LENGTH or not value.subnet_of(limits.INSIDE_RANGE):
            raise Refused(f"{value} is not a /30 in 169.254.0.0/16")
        if value == limits.INSIDE_RESERVED[-1]:
            raise Refused(
                f"{value} is reserved by AWS",
                "choose another /30 in 169.254.0.0/16, such as 169.254.10.0/30",
            )
        if value in limits.INSIDE_RESERVED:
            raise Refused(
                f"{value} is reserved by AWS",
                "choose a /30 in 169.254.0.0/16 that is not the first of 169.254.0.0/24 to "
                "169.254.5.0/24",
            )
        return value

    return One(convert=convert, words=words, json=dict(base.json))


def _groups(numbers: frozenset[int]) -> One[int]:
    listed = sorted(numbers)
    words = "a group of " + ", ".join(str(n) for n in listed)

    def convert(node: Scalar) -> int:
        if node.value in limits.ML_KEM_GROUPS:
            raise Refused(
                f"group {node.value} (ML-KEM) is AWS's, but no data plane here speaks it",
                "choose 20 (ECP-384)",
            )
        if node.value not in numbers or not isinstance(node.value, int):
            raise Refused(f"{node.text or 'nothing'} is no Diffie-Hellman group that AWS admits")
        return node.value

    return One(convert=convert, words=words, json={"enum": listed})


OUTSIDE = Field(
    key="outside",
    kind=outside_address(),
    meaning="The gateway's outside address of this tunnel; unique in the file.",
    default="the next free address of 203.0.113.0/24, in the file's order",
    source=OURS,
)
INSIDE = Field(
    key="inside",
    kind=_inside(),
    meaning="The /30 inside the tunnel, unique per gateway and per customer gateway. "
    "The gateway has its first address, the customer gateway its second.",
    default="the next free /30 from 169.254.10.0/24 on, in the file's order",
    source="AWS: TunnelInsideCidr (its reserved /30s, too)",
)
PRE_SHARED_KEY = Field(
    key="pre_shared_key",
    kind=Secret(),
    meaning="Where the pre-shared key is to be found; the key itself is refused. "
    "`generated`: made on first use, kept root-only. `file`: the first line of a file. "
    "`environment`: an environment variable of whoever brings the VPN up, whose value is then "
    "kept root-only, too; no program in a lab gets the variable. A key has 8 to 64 letters, digits, `.` and `_`, and does not begin with 0.",
    default="generated",
    json_default="generated",
    source="AWS generates one, too; its rule for a key",
)
CUSTOMER_PRE_SHARED_KEY = Field(
    key="customer_pre_shared_key",
    kind=Secret(),
    meaning="The customer end's key where it is to be another one: a deliberate mismatch.",
    default="the same as `pre_shared_key`",
    source=OURS,
)
ENCRYPTION = Field(
    key="encryption",
    kind=ListOf(item=spelled(limits.ENCRYPTION), minimum=1),
    meaning="Ciphers, the preferred one first.",
    default="[aes256gcm16]",
    json_default=["aes256gcm16"],
    source="one strong suite instead of AWS's wide list",
)
IKE_INTEGRITY = Field(
    key="integrity",
    kind=ListOf(item=spelled(limits.INTEGRITY), minimum=1),
    meaning="Hashes; for a GCM cipher, the pseudo-random function.",
    default="[sha384]",
    json_default=["sha384"],
    source="one strong suite instead of AWS's wide list",
)
IKE_GROUPS = Field(
    key="groups",
    kind=ListOf(item=_groups(frozenset(limits.IKE_GROUPS)), minimum=1),
    meaning="Diffie-Hellman groups by IANA number.",
    default="[20]",
    json_default=[20],
    source="one strong suite instead of AWS's wide list",
)
IKE_LIFETIME = Field(
    key="lifetime",
    kind=duration(*limits.IKE_LIFETIME, step=SECOND, whose=ALLOWED_BY_AWS),
    meaning="Lifetime of the IKE SA (phase 1).",
    default="28800s",
    json_default="28800s",
    source="AWS: Phase1LifetimeSeconds",
)
ESP_INTEGRITY = Field(
    key="integrity",
    kind=ListOf(item=spelled(limits.INTEGRITY)),
    meaning="Hashes for AES-CBC ciphers; a GCM cipher takes none.",
    default="[], which is [sha384] for a cipher that is not GCM",
    source="one strong suite instead of AWS's wide list",
)
ESP_GROUPS = Field(
    key="groups",
    kind=ListOf(item=_groups(frozenset(limits.ESP_GROUPS))),
    meaning="Diffie-Hellman groups for perfect forward secrecy; `[]` switches it off.",
    default="[20]",
    json_default=[20],
    source="one strong suite instead of AWS's wide list",
)
ESP_LIFETIME = Field(
    key="lifetime",
    kind=duration(*limits.ESP_LIFETIME, step=SECOND, whose=ALLOWED_BY_AWS),
    meaning="Lifetime of the CHILD_SA (phase 2); less than that of the IKE SA.",
    default="3600s",
    json_default="3600s",
    source="AWS: Phase2LifetimeSeconds",
)
IKE = Field(
    key="ike",
    kind=Record(ENCRYPTION, IKE_INTEGRITY, IKE_GROUPS, IKE_LIFETIME),
    meaning="Phase 1. Every cipher is proposed with every hash and group.",
)
ESP = Field(
    key="esp",
    kind=Record(ENCRYPTION, ESP_INTEGRITY, ESP_GROUPS, ESP_LIFETIME),
    meaning="Phase 2. Every cipher is proposed with every hash and group.",
)
CUSTOMER = Field(
    key="customer",
    kind=Record(IKE, ESP),
    meaning="The customer's end where it differs from the gateway's.",
    default="the same as the gateway's, key by key",
    source=OURS,
)
REKEY_MARGIN = Field(
    key="margin",
    kind=duration(
        limits.LEAST_REKEY_MARGIN, limits.ESP_LIFETIME[1] / 2, step=SECOND, whose=ALLOWED_BY_AWS
    ),
    meaning="How long before the end of a lifetime the gateway rekeys; half the ESP lifetime "
    "at most.",
    default="270s",
    json_default="270s",
    source="AWS: RekeyMarginTimeSeconds",
)
REKEY_FUZZ = Field(
    key="fuzz",
    kind=integer(*limits.REKEY_FUZZ_PERCENT, whose=" percent"),
    meaning="By how many percent of the margin the moment varies at random.",
    default="100",
    json_default=100,
    source="AWS: RekeyFuzzPercentage",
)
REKEY = Field(
    key="rekey", kind=Record(REKEY_MARGIN, REKEY_FUZZ), meaning="When the gateway rekeys."
)
REPLAY_WINDOW = Field(
    key="replay_window",
    kind=integer(*limits.REPLAY_WINDOW, whose=ALLOWED_BY_AWS),
    meaning="Packets in the replay window.",
    default="1024",
    json_default=1024,
    source="AWS: ReplayWindowSize",
)
DPD_DELAY = Field(
    key="delay",
    kind=duration(*limits.DPD_DELAY),
    meaning="Silence after which the peer is probed.",
    default="10s",
    json_default="10s",
    source="AWS: 40 s are a probe after 10 s and 30 s without an answer",
)
DPD_TIMEOUT = Field(
    key="timeout",
    kind=duration(*limits.DPD_TIMEOUT),
    meaning="Silence after which the peer is dead; longer than `delay`. "
    "AWS takes 30 s or more; less is an option of samepath.",
    default="40s, or four times a `delay` that leaves it no room",
    source="AWS: DPDTimeoutSeconds",
)
DPD_ACTION = Field(
    key="action",
    kind=choice(DpdAction),
    meaning="What a dead peer does to the tunnel.",
    default="clear",
    json_default="clear",
    source="AWS: DPDTimeoutAction",
)
DPD = Field(
    key="dpd",
    kind=Record(DPD_DELAY, DPD_TIMEOUT, DPD_ACTION),
    meaning="Dead peer detection (RFC 7296, 2.4).",
)
STARTUP = Field(
    key="startup",
    kind=choice(StartupAction),
    meaning="`add`: the gateway waits for the customer's call. `start`: it calls.",
    default="add",
    json_default="add",
    source="AWS: StartupAction",
)
ZONE = Field(
    key="zone",
    kind=name(),
    meaning="The firewall zone of the customer's end, where the firewall binds sessions to zones.",
    default="one zone with all other tunnels that name none",
)
UNRESPONSIVE_MBIT = Field(
    key="unresponsive_mbit",
    kind=integer(*limits.UNRESPONSIVE_MBIT, whose=" Mbit/s"),
    meaning="Mbit/s, each way, at which everything but TCP may enter the tunnel; BGP and BFD are "
    "free. What does not slow down by itself would otherwise fill the queues of an end in user "
    "space, and BFD would take a live tunnel for dead. A packet of less than 1400 bytes counts as "
    "1400.",
    default=str(USUAL_UNRESPONSIVE_MBIT),
    json_default=USUAL_UNRESPONSIVE_MBIT,
    source="samepath's choice, measured on two shared cores (docs/lab-notes/0003-overload.md)",
)
POLICY = Field(
    key="policy",
    kind=Record(GATEWAY_POLICY, CUSTOMER_POLICY),
    meaning="Routing policy of this tunnel, applied after the mode's own.",
    default="none",
)
_SHARED = cast(
    "tuple[Field[object], ...]",
    (
        PRE_SHARED_KEY,
        CUSTOMER_PRE_SHARED_KEY,
        IKE,
        ESP,
        CUSTOMER,
        REKEY,
        REPLAY_WINDOW,
        DPD,
        STARTUP,
        ZONE,
        UNRESPONSIVE_MBIT,
        POLICY,
    ),
)
TUNNEL = Record(OUTSIDE, INSIDE, *_SHARED)
TUNNEL_DEFAULTS_RECORD = Record(*_SHARED)
