"""A topology's picture: everything is in it, and no two texts meet."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from tests.report.records import text_of
from tests.report.topologies import Shape, topologies

from samepath.model.document import parse
from samepath.model.topology import Topology
from samepath.report.drawing import LONGEST, Label, Line, Rectangle, Role, cut
from samepath.report.picture import MOST_LINES, Picture, picture_of

TUNNELS = {Role.ACTIVE, Role.STANDBY}


def texts(picture: Picture) -> list[str]:
    return [label.text for label in picture.labels]


@given(topologies())
def test_no_text_meets_another_or_leaves_the_picture(topology: Topology) -> None:
    picture = picture_of(topology)
    paper = Rectangle(left=0, top=0, right=picture.width, bottom=picture.height)
    assert [label.text for label in picture.labels if not paper.holds(label.extent)] == []
    assert [
        (one.text, other.text)
        for one, other in combinations(picture.labels, 2)
        if one.extent.overlaps(other.extent)
    ] == []


@given(topologies())
def test_no_line_goes_through_a_text_and_no_frame_cuts_one(topology: Topology) -> None:
    picture = picture_of(topology)
    assert [
        label.text for label in picture.labels for line in picture.lines if _meets(line, label)
    ] == []
    assert [
        label.text
        for label in picture.labels
        for box in picture.boxes
        if box.place.overlaps(label.extent) and not box.place.holds(label.extent)
    ] == []


def _meets(line: Line, label: Label) -> bool:
    """Whether a line, which goes from left to right, comes through a text."""
    extent = label.extent
    for (x1, y1), (x2, y2) in zip(line.points, line.points[1:], strict=False):
        left, right = max(x1, extent.left), min(x2, extent.right)
        if left < right:
            heights = [y1 + (y2 - y1) * (x - x1) / (x2 - x1) for x in (left, right)]
            if min(heights) < extent.bottom and extent.top < max(heights):
                return True
    return False


@given(topologies())
def test_boxes_of_one_column_do_not_meet_and_every_line_ends_at_its_boxes(
    topology: Topology,
) -> None:
    picture = picture_of(topology)
    boxes = [box.place for box in picture.boxes if box.role is Role.BOX]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    for line in picture.lines:
        (start_x, start_y), (end_x, end_y) = line.points[0], line.points[-1]
        assert any(one.right == start_x and one.top < start_y < one.bottom for one in boxes)
        assert any(one.left == end_x and one.top < end_y < one.bottom for one in boxes)


@pytest.mark.parametrize(("customers", "gateways"), [(1, 1), (2, 1), (3, 1), (3, 2)])
def test_each_tunnel_is_a_line_and_one_of_each_connection_is_active(
    customers: int, gateways: int
) -> None:
    picture = picture_of(Shape(customers=customers, gateways=gateways).topology)
    roles = [line.role for line in picture.lines if line.role in TUNNELS]
    assert roles.count(Role.ACTIVE) == roles.count(Role.STANDBY) == customers * gateways


def test_it_names_what_is_in_the_file() -> None:
    found = texts(picture_of(parse(text_of("two-customer-gateways")).topology))
    for wanted in (
        "vpc:cloud",
        "10.0.0.0/16",
        "app 10.0.0.10",
        "gw:vgw",
        "AS 64512",
        "cgw:fw1",
        "198.51.100.1",
        "AS 65000, bird",
        "iBGP with cgw:fw2",
        "second/tunnel2",
        "site:office",
        "sends to cgw:fw1",
        "desk 192.168.10.10",
    ):
        assert wanted in found
    assert found.count("active") == 2


def test_the_inside_addresses_stand_under_their_tunnel() -> None:
    topology = parse(text_of("asymmetric-drop")).topology
    picture = picture_of(topology)
    at = {label.text: label for label in picture.labels}
    for tunnel in topology.connections["seoul"].tunnels:
        name = at[f"seoul/tunnel{tunnel.number}"]
        for address in (tunnel.gateway_inside.ip, tunnel.customer_inside.ip):
            assert 0 < at[str(address)].y - name.y < 40
    assert "sessions bound to the interface" in at


def test_what_is_long_is_cut_and_kept_whole_beside() -> None:
    cut_ones = [
        label for label in picture_of(Shape(customers=1, long=True).topology).labels if label.whole
    ]
    assert cut_ones
    for label in cut_ones:
        assert len(label.text) == LONGEST
        assert label.text == cut(label.whole)


def test_what_is_many_is_counted() -> None:
    found = texts(picture_of(Shape(customers=1, hosts=12, networks=9).topology))
    assert f"and {12 - MOST_LINES + 1} more hosts" in found
    assert f"and {9 - MOST_LINES + 1} more networks" in found


def test_it_is_told_in_words_too() -> None:
    told = picture_of(parse(text_of("active-standby")).topology).description
    assert "seoul/tunnel1 from " in told
    assert told.count(", active") == 1
    assert "site:office (192.168.10.0/24) behind cgw:dc" in told
