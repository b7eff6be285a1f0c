"""What cannot be built is refused before anything is, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.drivers.kernels import FakeKernel

from samepath.cli.errors import exit_code
from samepath.cli.exit_codes import ExitCode
from samepath.lab.lab import INTENT, HalfBuilt, Lab, NameTaken
from samepath.linux.objects import Namespace
from samepath.model.document import parse
from samepath.node.secrets import SecretUnavailable

FILE = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways: {dc: {address: 198.51.100.1, asn: 65000}}
sites: {office: {networks: [192.168.10.0/24]}}
connections: {seoul: {customer_gateway: dc}}
"""
HEAVY = "tunnels: [{policy: {customer: {import: [{set: {weight: 65535}}]}}}, {}]"
UNSET = "tunnels: [{pre_shared_key: {environment: SAMEPATH_NO_SUCH_KEY}}, {}]"
MISSING = "tunnels: [{pre_shared_key: {file: /no/such/key}}, {}]"


def many(count: int) -> str:
    """So many connections of one customer gateway, ten a gateway."""
    gateways = range((count + 9) // 10)
    return "\n".join(
        [
            "samepath: 1",
            "vpcs:",
            *(f"  v{n}: {{cidr: 10.{n}.0.0/16}}" for n in gateways),
            "gateways:",
            *(f"  g{n}: {{vpc: v{n}, asn: {64600 + n}}}" for n in gateways),
            "customer_gateways: {dc: {address: 198.51.100.1, asn: 65000}}",
            "sites: {office: {networks: [192.168.10.0/24]}}",
            "connections:",
            *(f"  k{n}: {{customer_gateway: dc, gateway: g{n // 10}}}" for n in range(count)),
        ]
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(FILE.replace("198.51.100.1", "192.0.2.1"), "the lab's internet", id="hop"),
        pytest.param(FILE.replace("192.168.10.0", "192.0.0.0"), "the lab's own links", id="links"),
        pytest.param(FILE.replace("dc}}", f"dc, {HEAVY}}}}}"), "weight", id="no such weight"),
        pytest.param(FILE.replace("dc}}", f"dc, {UNSET}}}}}"), "SAMEPATH_NO_SUCH_KEY", id="unset"),
        pytest.param(FILE.replace("dc}}", f"dc, {MISSING}}}}}"), "/no/such/key", id="missing"),
        pytest.param(many(65), "room for 127 tunnels", id="too many tunnels"),
    ],
)
def test_what_cannot_be_built_is_refused_before_anything_is(
    tmp_path: Path, text: str, words: str
) -> None:
    root = tmp_path / "labs"
    with (
        Lab("x", parse(text).topology, root=root) as lab,
        pytest.raises((ValueError, SecretUnavailable)) as raised,
    ):
        lab.up(text)

    assert words in str(raised.value)
    assert exit_code(type(raised.value)) is ExitCode.INPUT
    assert not (root / "x").exists()


@pytest.mark.parametrize(
    "text", [f"# a comment\n{FILE}", FILE.replace("{customer_gateway: dc}", "{}"), f"{FILE}\n"]
)
def test_a_lab_that_runs_takes_another_text_of_the_same_topology(tmp_path: Path, text: str) -> None:
    with Lab("x", parse(text).topology, root=tmp_path / "labs") as lab:
        lab.home.create()
        (lab.home.path / INTENT).write_text(FILE)
        lab.refuse_another(text)


@pytest.mark.parametrize(
    "text", [FILE.replace("65000", "65001"), FILE.replace("seoul", "busan"), "samepath: 1\n"]
)
def test_a_lab_that_runs_refuses_another_topology(tmp_path: Path, text: str) -> None:
    with Lab("x", parse(FILE).topology, root=tmp_path / "labs") as lab:
        lab.home.create()
        (lab.home.path / INTENT).write_text(FILE)
        with pytest.raises(NameTaken, match="take it down first: samepath lab down x"):
            lab.refuse_another(text)


@pytest.mark.parametrize("where", ["refuse_another", "_check"])
def test_a_stop_before_anything_is_wanted_leaves_nothing_behind(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    root = tmp_path / "labs"
    monkeypatch.setattr(Lab, where, stop)
    with Lab("stopped", parse(FILE).topology, root=root) as lab, pytest.raises(KeyboardInterrupt):
        lab.up(FILE)

    assert not root.exists()


def test_a_stop_while_a_lab_that_runs_is_checked_leaves_it_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    root = tmp_path / "labs"
    with Lab("stopped", parse(FILE).topology, root=root) as lab:
        lab.home.create()
        (lab.home.path / INTENT).write_text(FILE)
        monkeypatch.setattr(Lab, "_check", stop)
        with pytest.raises(KeyboardInterrupt):
            lab.up(FILE)

        assert lab.exists()


@pytest.mark.parametrize("name", ["samepath", "other"])
def test_a_lab_is_half_built_until_its_agent_runs_and_after_its_first_namespace_has_gone(
    tmp_path: Path, name: str
) -> None:
    topology = parse(FILE).topology
    with Lab(name, topology, FakeKernel(), root=tmp_path / "labs") as lab:
        lab.home.create()
        namespaces = [Namespace(name=lab.names.host(host)) for host in lab.hosts]
        for namespace in namespaces:
            lab.machine.kernel.create(namespace)
        with pytest.raises(HalfBuilt) as raised:
            lab.require_built()
        (lab.home.path / "log" / "agent.log").touch()
        lab.require_built()
        lab.machine.kernel.delete(namespaces[0])
        assert lab.half_built

    option = "" if name == topology.name else f" --name {name}"
    assert f"the lab {name} is half built: " in str(raised.value)
    assert f"go on: samepath lab up {lab.file}{option}, or " in str(raised.value)
