"""Which element can be broken in which way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.drivers.kernels import FakeKernel

from samepath.control.diagnosis import Diagnosis, Layer
from samepath.control.names import Names, bird_of_customer, bird_of_endpoint
from samepath.control.situation import Situation
from samepath.lab.faults import (
    FAULTS,
    ROUTING_ONLY,
    Broken,
    CannotBreak,
    Fault,
    behind,
    choose,
    covering,
    daemons_of,
    objects,
)
from samepath.lab.lab import INTENT, Lab
from samepath.lab.world import world
from samepath.linux.objects import Bridge, Ruleset, Veth
from samepath.model.document import parse
from samepath.model.elements import InvalidElement, all_elements
from samepath.model.topology import Topology

EXAMPLE = Path(__file__).parents[2] / "examples" / "active-standby.yaml"


@pytest.fixture
def topology() -> Topology:
    return parse(EXAMPLE.read_text()).topology


@pytest.mark.parametrize(
    ("element", "usual"),
    [
        ("seoul/tunnel1", Fault.CUT),
        ("seoul/tunnel1/esp", Fault.ESP),
        ("seoul/tunnel2/bgp", Fault.BGP),
        ("seoul/tunnel1/endpoint/charon", Fault.KILL),
        ("cgw:dc/lan", Fault.CUT),
        ("cgw:dc/router", Fault.KILL),
    ],
)
def test_an_element_has_its_usual_fault(topology: Topology, element: str, usual: Fault) -> None:
    assert choose(topology, element, None, None) is usual


@pytest.mark.parametrize(
    ("element", "fault", "value", "words"),
    [
        ("host:app", None, None, "cannot be broken by itself"),
        ("cgw:dc/lan", Fault.LOSS, None, "it can by: cut"),
        ("seoul/tunnel1", Fault.KILL, None, "it can by: cut, cut-in"),
        ("seoul/tunnel1", Fault.LOSS, 101, "per cent lost, 1 to 100, not 101"),
        ("seoul/tunnel1", Fault.MTU, 20, "path MTU in bytes, 576 to 1500, not 20"),
        ("seoul/tunnel1", Fault.CUT, 5, "'cut' takes no value"),
    ],
)
def test_what_cannot_be_says_what_can(
    topology: Topology, element: str, fault: Fault | None, value: int | None, words: str
) -> None:
    with pytest.raises(CannotBreak, match=words):
        choose(topology, element, fault, value)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.KILL])
def test_only_what_is_killed_can_be_held(topology: Topology, fault: Fault) -> None:
    assert choose(topology, "cgw:dc/router", None, None, hold=True) is Fault.KILL
    element = "cgw:dc/lan" if fault is Fault.UNPLUG else "seoul/tunnel1"
    with pytest.raises(CannotBreak, match="only a killed daemon is kept down"):
        choose(topology, element, fault, None, hold=True)


@pytest.mark.parametrize("element", ["seoul/tunnel3", "tokyo/tunnel1", "", "seoul/tunnel1/x"])
def test_what_is_not_there_is_no_element(topology: Topology, element: str) -> None:
    with pytest.raises(InvalidElement):
        choose(topology, element, None, None)


def test_every_fault_of_every_element_does_something(topology: Topology) -> None:
    names = Names("x", "/run/samepath/x")
    idle: list[tuple[str, Fault]] = []
    for element in all_elements(topology):
        for fault in FAULTS.get(element.kind, ()):
            text = str(element)
            if fault is Fault.KILL:
                if not daemons_of(text, topology):
                    idle.append((text, fault))
            elif fault in ROUTING_ONLY:
                lab = Lab("x", topology, FakeKernel(), Path("/nonexistent"))
                broken = [Broken(element=text, fault=fault)]
                if lab.desired(broken, 0.0) == lab.desired((), 0.0):
                    idle.append((text, fault))
            elif not any(
                getattr(item, "mtu", None) or "drop" in getattr(item, "text", "")
                for item in objects(topology, names, [Broken(element=text, fault=fault)], 0.0)
            ):
                idle.append((text, fault))
    # The gateway prefers the other tunnel already.
    assert idle == [("seoul/tunnel2", Fault.MAINTENANCE)]


@pytest.mark.parametrize("cut", ["cgw:dc", "cgw:dc/lan"])
def test_not_even_arp_comes_through_to_a_site_from_what_is_cut_off_from_it(
    topology: Topology, cut: str
) -> None:
    names = Names("x", "/run/samepath/x")
    (whole,) = (
        item
        for item in world(topology, names, Situation())
        if isinstance(item, Bridge) and item.name == "lan"
    )
    (switch,) = (
        item
        for item in objects(topology, names, [Broken(element=cut, fault=Fault.CUT)], 0.0)
        if isinstance(item, Bridge)
    )

    assert switch.key == whole.key
    assert set(whole.ports) - set(switch.ports) == {"c-dc"}


def test_what_a_broken_session_says_vanishes_on_its_way_to_either_end(topology: Topology) -> None:
    """Otherwise the end that still hears the other would keep its route for longer."""
    names = Names("x", "/run/samepath/x")
    broken = Broken(element="seoul/tunnel1", fault=Fault.BGP, value=None, since=0.0)
    rulesets = [
        item for item in objects(topology, names, [broken], 0.0) if isinstance(item, Ruleset)
    ]

    assert {item.namespace for item in rulesets} == {
        names.endpoint_inside("seoul", 1),
        names.customer("dc"),
    }
    for item in rulesets:
        for rule in ("tcp dport 179", "tcp sport 179", "udp dport { 3784, 3785 }"):
            assert f'iifname "seoul-t1" {rule} counter drop' in item.text


def test_what_speakers_only_say_drops_no_packet_and_changes_those_speakers_only(
    topology: Topology,
) -> None:
    names = Names("x", "/run/samepath/x")
    lab = Lab("x", topology, FakeKernel(), Path("/nonexistent"))
    whole = lab.desired((), 0.0)
    for fault, speakers in (
        (Fault.NO_ROUTES, {bird_of_endpoint("seoul", 1), bird_of_customer("dc")}),
        (Fault.MAINTENANCE, {bird_of_endpoint("seoul", 1), bird_of_endpoint("seoul", 2)}),
    ):
        broken = [Broken(element="seoul/tunnel1", fault=fault)]
        assert list(objects(topology, names, broken, 0.0)) == []
        changed = {str(item.key) for item in lab.desired(broken, 0.0) ^ whole}
        assert all(any(one in key for one in speakers) for key in changed), changed
        assert all(any(one in key for key in changed) for one in speakers), changed


@pytest.mark.parametrize("fault", sorted(ROUTING_ONLY, key=str))
def test_static_routing_has_no_speaker_that_could_say_something_else(fault: Fault) -> None:
    text = EXAMPLE.read_text().replace("{customer_gateway: dc}", "{routing: static}")
    with pytest.raises(CannotBreak, match="seoul has static routing, and so no BGP"):
        choose(parse(text).topology, "seoul/tunnel1", fault, None)


def test_an_unplugged_lan_leg_is_down_at_its_far_end_and_nothing_else_changes(
    topology: Topology,
) -> None:
    names = Names("x", "/run/samepath/x")
    lab = Lab("x", topology, FakeKernel(), Path("/nonexistent"))
    broken = [Broken(element="cgw:dc/lan", fault=Fault.UNPLUG)]
    (gone,) = lab.desired((), 0.0) - lab.desired(broken, 0.0)
    (made,) = lab.desired(broken, 0.0) - lab.desired((), 0.0)

    assert isinstance(made, Veth)
    assert made.down is not None
    assert made.down.namespace == names.site("office")
    assert replace(made, down=None) == gone


def test_a_tunnel_in_maintenance_works_and_so_is_behind_no_failure(topology: Topology) -> None:
    found = Diagnosis(
        element="seoul/tunnel1",
        layer=Layer.PATH,
        seen_by=None,
        what="",
        evidence="",
        next_command=None,
    )
    maintained = Broken(element="seoul/tunnel1", fault=Fault.MAINTENANCE)
    cut = Broken(element="seoul", fault=Fault.CUT)

    assert behind(topology, [maintained], found) is None
    assert behind(topology, [maintained, cut], found) == cut


def test_one_fault_of_several_on_an_element_is_healed_by_its_kind(lab: Lab) -> None:
    for fault in (Fault.MAINTENANCE, Fault.CUT):
        lab.break_element("seoul/tunnel1", fault, None)

    assert [one.fault for one in lab.heal("seoul/tunnel1", Fault.CUT)] == [Fault.CUT]
    assert [one.fault for one in lab.faults()] == [Fault.MAINTENANCE]
    assert lab.heal("seoul/tunnel1", Fault.LOSS) == ()
    assert [one.fault for one in lab.heal("seoul/tunnel1")] == [Fault.MAINTENANCE]


def test_a_daemon_that_is_held_down_drops_no_packet(topology: Topology) -> None:
    names = Names("x", "/run/samepath/x")
    killable = [
        str(element)
        for element in all_elements(topology)
        if Fault.KILL in FAULTS.get(element.kind, ())
    ]

    held = [Broken(element=element, fault=Fault.KILL) for element in killable]

    assert len(killable) >= 8
    assert list(objects(topology, names, held, 0.0)) == []


@pytest.fixture
def lab(topology: Topology, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab that is there as far as its intent says, and keeps its faults."""
    lab = Lab("test", topology, FakeKernel(), tmp_path)
    lab.home.path.mkdir()
    (lab.home.path / INTENT).write_text("")
    monkeypatch.setattr(Lab, "_converge", lambda *_: ())
    return lab


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        (Fault.LOSS, "loss 2 %"),
        (Fault.MTU, "mtu 1400 bytes"),
        (Fault.MTU_SILENT, "mtu-silent 1400 bytes"),
        (Fault.FLAP, "flap 1 s"),
        (Fault.CUT, "cut"),
    ],
)
def test_a_fault_is_told_with_its_figure_also_where_none_was_given(
    lab: Lab, fault: Fault, how: str
) -> None:
    assert lab.break_element("seoul/tunnel1", fault, None).how == how
    assert [standing.how for standing in lab.faults()] == [how]


def test_what_is_broken_already_stays_as_it_is(lab: Lab) -> None:
    first = lab.break_element("seoul/tunnel1", Fault.FLAP, None)
    again = lab.break_element("seoul/tunnel1", Fault.FLAP, first.value)
    slower = lab.break_element("seoul/tunnel1", Fault.FLAP, 5)

    assert again == first
    assert slower != first
    assert lab.faults() == (slower,)


@pytest.mark.parametrize(
    ("fault", "element", "layer", "told"),
    [
        ("seoul/tunnel1", "seoul/tunnel1", Layer.PATH, True),
        ("seoul", "seoul/tunnel1", Layer.PATH, True),
        ("seoul/tunnel1/endpoint/charon", "seoul/tunnel1", Layer.DAEMON, True),
        ("cgw:dc", "seoul/tunnel1", Layer.PATH, True),
        ("cgw:dc/router", "seoul/tunnel1", Layer.BGP, True),
        ("gw:vgw/router", "seoul/tunnel1", Layer.ROUTES, True),
        ("gw:vgw/router", "gw:vgw/router", Layer.SPEAKER, True),
        ("cgw:dc", "cgw:dc/lan", Layer.LAN, True),
        ("seoul/tunnel2", "seoul/tunnel1", Layer.PATH, False),
        ("cgw:dc/lan", "seoul/tunnel1", Layer.PATH, False),
        ("seoul/tunnel1", "gw:vgw/router", Layer.SPEAKER, False),
        ("seoul/tunnel1", "seoul/tunnel1", Layer.AUTHENTICATION, False),
        ("seoul/tunnel1", "seoul/tunnel1", None, False),
    ],
)
def test_a_fault_is_behind_what_it_can_make_fail(
    topology: Topology, fault: str, element: str, layer: Layer | None, *, told: bool
) -> None:
    found = Diagnosis(
        element=element, layer=layer, seen_by=None, what="", evidence="", next_command=None
    )
    broken = Broken(element=fault, fault=choose(topology, fault, None, None))

    assert (behind(topology, [broken], found) == broken) is told


@pytest.mark.parametrize(
    ("fault", "element", "covered"),
    [
        ("seoul", "seoul/tunnel1", True),
        ("seoul", "seoul/tunnel1/endpoint/charon", True),
        ("seoul/tunnel1", "seoul/tunnel1/bgp", True),
        ("cgw:dc", "seoul/tunnel1", True),
        ("cgw:dc", "cgw:dc/lan", True),
        ("seoul/tunnel1", "seoul/tunnel1", False),
        ("seoul/tunnel1/bgp", "seoul/tunnel1", False),
        ("seoul/tunnel2", "seoul/tunnel1", False),
        ("cgw:dc/lan", "seoul/tunnel1", False),
    ],
)
def test_a_fault_covers_what_stays_broken_where_that_is_healed(
    topology: Topology, fault: str, element: str, *, covered: bool
) -> None:
    broken = Broken(element=fault, fault=choose(topology, fault, None, None))

    assert (covering(topology, [broken], element) == broken) is covered


CLUSTER = EXAMPLE.with_name("clustered-customer-gateway.yaml")


@pytest.mark.parametrize(
    ("element", "dead", "off_lan"),
    [
        ("cgw:dc/member1", {1}, {1}),
        ("cgw:dc/member2", {2}, {2}),
        ("cgw:dc", {1, 2}, {1, 2}),
        ("cgw:dc/lan", set(), {1, 2}),
    ],
)
def test_a_machine_of_a_cluster_is_cut_off_from_every_switch_and_from_its_own_wires(
    element: str, dead: set[int], off_lan: set[int]
) -> None:
    of, names = parse(CLUSTER.read_text()).topology, Names("t", "/run/samepath/t")
    found = list(objects(of, names, [Broken(element=element, fault=Fault.CUT)], 0.0))
    bridges = {item.namespace: set(item.ports) for item in found if isinstance(item, Bridge)}
    legs = {1: "c-dc", 2: "c2-dc"}
    assert legs.keys() - {n for n in legs if legs[n] in bridges[names.site("office")]} == off_lan
    outside = bridges.get(names.outside_switch("dc"), {"wan", "member1", "member2"})
    assert {n for n in (1, 2) if f"member{n}" not in outside} == dead
    silenced = {
        item.namespace
        for item in found
        if isinstance(item, Ruleset) and 'meta iifname != "lo" counter drop' in item.text
    }
    assert silenced == {names.customer("dc", n) for n in dead}


def test_a_fault_of_the_customers_daemon_is_that_of_both_machines() -> None:
    of = parse(CLUSTER.read_text()).topology
    assert daemons_of("seoul/tunnel2/customer/charon", of) == (
        "charon-cgw-seoul-2",
        "charon-cgw2-seoul-2",
    )
    assert daemons_of("cgw:dc/router", of) == ("bird-cgw-dc", "bird-cgw2-dc")
