"""A whole machine, and what becomes of it when one thing is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.control.readiness import FRR, MIB, RUN_FLOOR, Finding, Use, assess
from samepath.linux.facts import Feature, Library, MachineFacts, PortHolder, Program, Trial

WHOLE = MachineFacts(
    system="Debian GNU/Linux 12 (bookworm)",
    kernel="6.1.0-30-amd64",
    python=(3, 11, 2),
    root=True,
    capabilities=frozenset(
        {"CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SYS_ADMIN"}
    ),
    programs=frozenset(Program),
    libraries=frozenset(Library),
    features={feature: Trial(works=True) for feature in Feature},
    charon_plugins=frozenset({"kernel-libipsec", "openssl", "vici"}),
    bird_version=(2, 0, 12),
    port_holders=(),
    confined=(),
    run_free=10 * RUN_FLOOR,
    run_size=400 * MIB,
    interpreter="/usr/bin/python3",
    tree=None,
    loadable_modules=True,
    debian=True,
)


def without(*features: Feature) -> Mapping[Feature, Trial]:
    refused = {feature: Trial(works=False, said="Operation not supported") for feature in features}
    return {**WHOLE.features, **refused}


def only(facts: MachineFacts) -> Finding:
    (finding,) = assess(facts).findings
    return finding


def test_a_whole_machine_can_do_everything_and_nothing_is_found() -> None:
    assessment = assess(WHOLE)
    assert assessment.findings == ()
    assert all(assessment.ready(use) for use in Use)


EVERYTHING = {Use.CHECK, Use.USERSPACE, Use.VRRP, Use.SHARED_SESSIONS, Use.KERNEL}
INSTALL_BIRD = "systemctl mask bird.service && apt-get install --no-install-recommends bird2"
INSTALL_CHARON = (
    "systemctl mask strongswan.service && apt-get install --no-install-recommends charon-systemd"
)
USERSPACE = {Use.USERSPACE, Use.VRRP, Use.SHARED_SESSIONS}
INSTALL_KEEPALIVED = (
    "systemctl mask keepalived.service && apt-get install --no-install-recommends keepalived"
)
PACKETS = {Use.USERSPACE, Use.VRRP, Use.SHARED_SESSIONS, Use.KERNEL}


@pytest.mark.parametrize(
    ("facts", "code", "blocked", "mend"),
    [
        (replace(WHOLE, python=(3, 10, 12)), "python-too-old", EVERYTHING, None),
        (
            replace(WHOLE, libraries=frozenset({Library.PYROUTE2})),
            "python-package-missing",
            PACKETS,
            "/usr/bin/python3 -m pip install vici",
        ),
        (
            replace(WHOLE, libraries=frozenset(), tree="/src/the tree"),
            "python-package-missing",
            PACKETS,
            "'/src/the tree'/tools/setup lab",
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - {Program.NFT}),
            "program-missing",
            PACKETS,
            "apt-get install --no-install-recommends nftables",
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - {Program.CHRT}),
            "program-missing",
            PACKETS,
            "apt-get install --no-install-recommends util-linux",
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - {Program.NSENTER}),
            "program-missing",
            PACKETS,
            "apt-get install --no-install-recommends util-linux",
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - {Program.BIRD}, bird_version=None),
            "program-missing",
            PACKETS,
            INSTALL_BIRD,
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - {Program.CHARON}),
            "program-missing",
            PACKETS,
            INSTALL_CHARON,
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - {Program.CHARON}, tree="/src/tree"),
            "program-missing",
            PACKETS,
            "/src/tree/tools/setup lab",
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - {Program.KEEPALIVED}),
            "program-missing",
            {Use.VRRP, Use.SHARED_SESSIONS},
            INSTALL_KEEPALIVED,
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - {Program.CONNTRACKD}, tree="/src/tree"),
            "program-missing",
            {Use.SHARED_SESSIONS},
            "/src/tree/tools/setup lab",
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - {Program.CHARON}, systemd=False),
            "program-missing",
            PACKETS,
            "apt-get install --no-install-recommends charon-systemd",
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - {Program.TCPDUMP}),
            "program-missing",
            set(),
            "apt-get install --no-install-recommends tcpdump",
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - set(FRR)),
            "frr-missing",
            set(),
            "systemctl mask frr.service && apt-get install --no-install-recommends frr",
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - set(FRR), tree="/src/tree"),
            "frr-missing",
            set(),
            "/src/tree/tools/setup lab",
        ),
        (
            replace(WHOLE, programs=frozenset(Program) - {Program.NFT}, debian=False),
            "program-missing",
            PACKETS,
            None,
        ),
        (
            replace(WHOLE, charon_plugins=frozenset({"openssl"})),
            "charon-plugin-missing",
            USERSPACE,
            "apt-get install --no-install-recommends libcharon-extra-plugins",
        ),
        (
            replace(WHOLE, charon_plugins=frozenset({"kernel-libipsec"})),
            "charon-plugin-missing",
            PACKETS,
            "apt-get install --no-install-recommends libstrongswan-standard-plugins",
        ),
        (
            replace(WHOLE, bird_version=(2, 0, 7)),
            "bird-too-old",
            PACKETS,
            # Whoever has it already decides himself whether its service runs.
            "apt-get install --no-install-recommends bird2",
        ),
        (replace(WHOLE, root=False, features={}), "not-root", PACKETS, "sudo samepath doctor"),
        (
            replace(WHOLE, capabilities=frozenset({"CAP_NET_ADMIN"})),
            "capability-missing",
            PACKETS,
            None,
        ),
        (replace(WHOLE, features=without(Feature.VETH)), "no-veth", PACKETS, "modprobe veth"),
        (replace(WHOLE, features=without(Feature.TUN)), "no-tun", USERSPACE, "modprobe tun"),
        (replace(WHOLE, features=without(Feature.ESP)), "no-esp", {Use.KERNEL}, "modprobe esp4"),
        (
            replace(WHOLE, features=without(Feature.XFRM_INTERFACE), loadable_modules=False),
            "no-xfrm-interface",
            {Use.KERNEL},
            None,
        ),
        (
            replace(WHOLE, features=without(Feature.NAMED_NAMESPACE)),
            "no-named-namespace",
            PACKETS,
            None,
        ),
        (
            replace(WHOLE, confined=("/usr/sbin/charon-systemd",)),
            "apparmor-confines",
            PACKETS,
            "apt-get install apparmor-utils && aa-complain /usr/sbin/charon-systemd",
        ),
        (
            replace(WHOLE, run_free=RUN_FLOOR - 1),
            "run-nearly-full",
            PACKETS,
            "mount -o remount,size=656M /run",
        ),
        (
            replace(WHOLE, run_free=RUN_FLOOR - 1, run_size=None),
            "run-nearly-full",
            PACKETS,
            None,
        ),
        (
            replace(WHOLE, port_holders=(PortHolder(port=500, program="charon", pid=712),)),
            "port-in-use",
            set(),
            None,
        ),
    ],
)
def test_one_thing_missing(
    facts: MachineFacts, code: str, blocked: set[Use], mend: str | None
) -> None:
    finding = only(facts)
    assert finding.code == code
    assert finding.blocks == blocked
    assert finding.mend == mend
    assessment = assess(facts)
    assert {use for use in Use if not assessment.ready(use)} == blocked


def test_every_feature_and_program_that_is_missing_is_found() -> None:
    for feature in Feature:
        assert only(replace(WHOLE, features=without(feature))).code == f"no-{feature.value}"
    for program in FRR:
        facts = replace(WHOLE, programs=frozenset(Program) - {program})
        assert f"there is no {program.value}." in only(facts).what
        assert assess(facts).frr_missing() == assess(facts).findings
    for program in frozenset(Program) - set(FRR):
        facts = replace(WHOLE, programs=frozenset(Program) - {program})
        assert assess(facts).frr_missing() == ()
        assert f"The program {program.value} is not installed." in {
            finding.what for finding in assess(facts).findings
        }


def test_a_missing_tool_is_not_blamed_on_the_kernel() -> None:
    facts = replace(
        WHOLE,
        programs=frozenset(Program) - {Program.NFT},
        features={
            **WHOLE.features,
            Feature.NFTABLES: Trial(works=False, said="sh: nft: not found"),
        },
    )
    assert only(facts).code == "program-missing"


def test_what_the_kernel_said_is_told() -> None:
    assert "(Operation not supported)" in only(replace(WHOLE, features=without(Feature.HTB))).what


def test_the_process_on_an_ike_port_is_named() -> None:
    holder = PortHolder(port=4500, program="charon", pid=712)
    assert "charon (process 712)" in only(replace(WHOLE, port_holders=(holder,))).what
    unknown = PortHolder(port=4500, program="", pid=None)
    assert "some process" in only(replace(WHOLE, port_holders=(unknown,))).what


@given(
    broken=st.sets(st.sampled_from(Feature)),
    gone=st.sets(st.sampled_from(Program)),
    root=st.booleans(),
)
def test_mending_never_makes_it_worse(broken: set[Feature], gone: set[Program], root: bool) -> None:
    facts = replace(WHOLE, features=without(*broken), programs=frozenset(Program) - gone, root=root)
    before = assess(facts)
    for feature in broken:
        after = assess(replace(facts, features=without(*(broken - {feature}))))
        assert {u for u in Use if before.ready(u)} <= {u for u in Use if after.ready(u)}
    for program in gone:
        after = assess(replace(facts, programs=facts.programs | {program}))
        # A program that is there may show that the kernel refuses what it asks for.
        if not broken:
            assert {u for u in Use if before.ready(u)} <= {u for u in Use if after.ready(u)}
