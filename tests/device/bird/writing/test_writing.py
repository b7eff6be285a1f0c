"""BIRD, written: what a patch has to keep, the fewest lines, and a whole gateway.

``patch`` and ``bird -p`` are asked, too: the one has to make the same file of a patch as we do, and
the other has to take it.
"""

from __future__ import annotations

import re
import subprocess
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.device import writing_laws as laws
from tests.model import golden

from samepath.device.bird.writing.writer import after
from samepath.device.readers import read
from samepath.device.reading.source import Source
from samepath.device.writers import writer
from samepath.device.writing.patch import NotWritable, Patch
from samepath.model.change import Direction
from samepath.model.policy import (
    Changes,
    Conditions,
    Disposition,
    Opaque,
    Policy,
    PrefixMatch,
    Term,
)
from samepath.model.topology import Platform

HERE = Path(__file__).parent
FIRST, SECOND = "10.9.0.1", "10.9.0.5"
HEAD = "router id 192.0.2.1;\nprotocol device { }\n"


def sessions(*channels: str, before: str = "", kind: str = "bgp") -> str:
    """A file with two sessions, whose IPv4 channels say this."""
    return (
        HEAD
        + before
        + "".join(
            f"protocol {kind.replace('bgp', f'bgp t{number}', 1)} {{\n"
            f"    local as 65000;\n    neighbor {address} as 64512;\n{channel}}}\n"
            for number, (address, channel) in enumerate(
                zip((FIRST, SECOND), channels, strict=True), start=1
            )
        )
    )


def channel(*lines: str) -> str:
    return "".join(f"{line}\n" for line in ("    ipv4 {", *lines, "    };"))


NAMED = """\
filter taken {
    # what is slow
    if bgp_community ~ [ (65000,2) ] then {
        bgp_local_pref = 50;
        accept;
    }
    if net = 0.0.0.0/0 then reject;
    accept;
}
"""
PLAIN = sessions(*[channel("        import all;", "        export all;")] * 2)
SHARED = sessions(
    *[channel("        import filter taken;", "        export where net ~ [ 10.0.0.0/8+ ];")] * 2,
    before=NAMED,
)
MINE = sessions(
    channel("        import filter taken;", "        export filter { bgp_med = 10; accept; };"),
    channel("        import all;", "        export none;"),
    before=NAMED,
)
INLINE = sessions(
    channel(
        "        import filter {",
        "            if net ~ [ 10.0.0.0/16, 192.168.10.0/24{25,28} ] then reject;",
        "            bgp_local_pref = 70;",
        "            bgp_med = 5; # as they like it",
        "            accept;",
        "        };",
        "        export filter {",
        "            if net ~ [ 10.0.0.0/16 ] then bgp_path.prepend(65000);",
        "            else { bgp_med = 7; }",
        "            bgp_community.add((65000,9)); accept; };",
    ),
    channel("        import all; export all;"),
)
TEMPLATE = sessions(
    "",
    channel("        import all;"),
    before=f"{NAMED}template bgp t {{\n    ipv4 {{ import filter taken; export where true; }};\n}}\n",
    kind="bgp from t",
)
STYLES = {
    "plain": PLAIN,
    "shared": SHARED,
    "mine": MINE,
    "inline": INLINE,
    "template": TEMPLATE,
    "tabs": MINE.replace("    ", "\t"),
    "unended": MINE.rstrip("\n"),
}
edits = st.sampled_from(Direction).flatmap(
    lambda direction: st.tuples(st.just(direction), laws.policies(direction))
)
PREFERRED = Changes(local_preference=200)
LONGER = Changes(prepend=2)
DEVICE = laws.OneFile(Platform.BIRD, "bird.conf")
files, terms = DEVICE.files, DEVICE.terms
amended, with_all = DEVICE.amended, DEVICE.with_all


def changed(patch: Patch) -> list[str]:
    """The lines that come and go, without what is around them."""
    return [line for line in patch.lines if re.match(r"[-+](?![-+])", line)]


def takes(text: str, folder: Path) -> str:
    """What a real BIRD has against a file."""
    file = folder / "taken.conf"
    file.write_text(text)
    done = subprocess.run(
        ["bird", "-p", "-c", str(file)], check=False, capture_output=True, text=True
    )
    return done.stderr


@given(
    style=st.sampled_from(sorted(STYLES)),
    asked=st.lists(st.tuples(st.sampled_from((FIRST, SECOND)), edits), min_size=1, max_size=2),
)
def test_a_patch_does_what_is_meant_and_goes_back(
    style: str, asked: list[tuple[str, tuple[Direction, Policy]]]
) -> None:
    """One edit after another: the second meets what the first has left."""
    sources = files(STYLES[style])
    for address, (direction, policy) in asked:
        patch = laws.holds(Platform.BIRD, sources, address, direction, policy)
        then = after(sources, patch.lines)
        assert after(then, patch.reverts) == sources
        sources = then


@pytest.mark.parametrize("style", STYLES)
def test_patch_and_bird_agree(style: str, tmp_path: Path) -> None:
    """Every kind of statement comes once, and ``patch`` makes what we make of it."""
    text = STYLES[style]
    ten = PrefixMatch(prefix=IPv4Network("10.0.0.0/16"), minimum=16, maximum=24)
    both = Conditions(prefixes=(ten,), communities=("65000:1",))
    changes = Changes(local_preference=70, med=3, prepend=1, add_communities=("65000:9",))
    wanted = (
        Term(conditions=Conditions(prefixes=(ten,)), disposition=Disposition.REJECT),
        Term(conditions=both, changes=changes, disposition=Disposition.NEXT),
        laws.every(Changes(weight=10)),
    )
    for patch in (
        amended(text, FIRST, Direction.IMPORT, *wanted),
        with_all(text, FIRST, Direction.IMPORT, PREFERRED),
        with_all(text, SECOND, Direction.EXPORT, LONGER),
    ):
        file = tmp_path / "bird.conf"
        file.write_text(text)
        given_ = "".join(f"{line}\n" for line in patch.lines)
        subprocess.run(["patch", "-p0"], cwd=tmp_path, check=True, input=given_, text=True)

        assert after(files(text), patch.lines) == files(file.read_text())
        assert takes(file.read_text(), tmp_path) == ""


def test_what_is_there_already_takes_no_line() -> None:
    found = amended(SHARED, FIRST, Direction.IMPORT, *terms(SHARED, FIRST, Direction.IMPORT))

    assert found == Patch(lines=(), reverts=(), resets=())


def test_a_filter_that_nobody_shares_gets_a_line() -> None:
    patch = with_all(MINE, FIRST, Direction.IMPORT, PREFERRED)

    assert changed(patch) == ["+    bgp_local_pref = 200;"]
    assert patch.lines[:3] == ("--- bird.conf", "+++ bird.conf", "@@ -2,6 +2,7 @@")
    assert patch.resets == ("birdc configure",)


def test_a_value_changes_at_its_place() -> None:
    slow, *rest = terms(MINE, FIRST, Direction.IMPORT)
    faster = Term(conditions=slow.conditions, changes=Changes(local_preference=60))

    patch = amended(MINE, FIRST, Direction.IMPORT, faster, *rest)

    assert changed(patch) == ["-        bgp_local_pref = 50;", "+        bgp_local_pref = 60;"]


def test_a_statement_goes_with_its_line() -> None:
    reject, last, *rest = terms(INLINE, FIRST, Direction.IMPORT)
    bare = Term(changes=Changes(local_preference=70))

    patch = amended(INLINE, FIRST, Direction.IMPORT, reject, bare, *rest)

    assert last.changes.med == 5
    assert changed(patch) == ["-            bgp_med = 5; # as they like it"]


def test_a_branch_goes_as_a_whole() -> None:
    _, *rest = terms(MINE, FIRST, Direction.IMPORT)

    patch = amended(MINE, FIRST, Direction.IMPORT, *rest)

    assert [line[:1] for line in changed(patch)] == ["-"] * 4


def test_a_branch_without_braces_gets_some() -> None:
    first, *rest = terms(INLINE, FIRST, Direction.EXPORT)
    more = Term(
        conditions=first.conditions, changes=Changes(prepend=1, med=3), disposition=Disposition.NEXT
    )

    patch = amended(INLINE, FIRST, Direction.EXPORT, more, *rest)

    assert changed(patch) == [
        "-            if net ~ [ 10.0.0.0/16 ] then bgp_path.prepend(65000);",
        "+            if net ~ [ 10.0.0.0/16 ] then { bgp_med = 3; bgp_path.prepend(65000); }",
    ]


def test_a_session_without_a_filter_gets_one_on_its_line() -> None:
    patch = with_all(PLAIN, SECOND, Direction.EXPORT, LONGER)

    prepends = "bgp_path.prepend(65000); bgp_path.prepend(65000);"
    assert changed(patch) == [
        "-        export all;",
        f"+        export filter {{ {prepends} accept; }};",
    ]


def test_a_condition_becomes_a_filter_in_its_own_words() -> None:
    patch = with_all(SHARED, SECOND, Direction.EXPORT, Changes(med=3))

    assert changed(patch) == [
        "-        export where net ~ [ 10.0.0.0/8+ ];",
        "+        export filter { bgp_med = 3; if net ~ [ 10.0.0.0/8+ ] then accept; reject; };",
    ]


def test_a_filter_that_is_shared_is_told_again_for_one() -> None:
    patch = with_all(SHARED, FIRST, Direction.IMPORT, PREFERRED)

    assert changed(patch)[:4] == [
        "-        import filter taken;",
        "+        import filter {",
        "+            bgp_local_pref = 200;",
        "+            # what is slow",
    ]


@pytest.mark.parametrize(
    "use",
    [
        "protocol kernel { ipv4 { export filter taken; }; }\n",
        "template bgp other { ipv4 { import filter taken; }; }\n",
        "protocol bgp x { disabled; local as 1; neighbor 10.9.9.9 as 2; ipv4 { import filter taken; }}",
    ],
)
def test_whoever_else_has_a_filter_keeps_it(use: str) -> None:
    patch = with_all(MINE + use, FIRST, Direction.IMPORT, PREFERRED)

    assert "-        import filter taken;" in patch.lines


def test_a_template_keeps_what_it_gives_to_others() -> None:
    patch = with_all(TEMPLATE, FIRST, Direction.EXPORT, Changes(med=3))

    assert changed(patch) == [
        "+    ipv4 {",
        "+        export filter { bgp_med = 3; if true then accept; reject; };",
        "+    };",
    ]


def test_a_filter_in_another_file_is_changed_there() -> None:
    start = MINE.index("filter taken")
    end = MINE.index("protocol bgp")
    sources = (
        Source(name="sessions.conf", text=MINE[:start] + MINE[end:]),
        Source(name="filters.conf", text=MINE[start:end]),
    )
    device = read(sources, Platform.BIRD)
    _, neighbour = laws.neighbour_of(device, FIRST)
    assert neighbour.imports is not None
    wanted = Policy(terms=(laws.every(PREFERRED), *neighbour.imports.policy.terms))

    patch = laws.holds(Platform.BIRD, sources, FIRST, Direction.IMPORT, wanted)

    assert patch.lines[0] == "--- filters.conf"


def test_what_is_not_understood_stays_in_its_words() -> None:
    text = MINE.replace("if net = 0.0.0.0/0", "if bgp_path.len > 5")

    patch = with_all(text, FIRST, Direction.IMPORT, PREFERRED)

    assert changed(patch) == ["+    bgp_local_pref = 200;"]


def test_and_is_not_written_anew() -> None:
    strange = Term(opaque=(Opaque(source="bgp_path.len > 5"),))

    with pytest.raises(NotWritable, match="not modelled: bgp_path"):
        amended(PLAIN, FIRST, Direction.IMPORT, strange)


def test_a_weight_beyond_birds_preference_is_refused() -> None:
    with pytest.raises(NotWritable, match="weight 70000"):
        with_all(PLAIN, FIRST, Direction.IMPORT, Changes(weight=70000))


@pytest.mark.parametrize(
    "text",
    [MINE.replace("t1", "other"), "router id 1.2.3.4;\n", ""],
    ids=["changed", "cut", "none"],
)
def test_a_patch_is_for_its_own_file(text: str) -> None:
    patch = with_all(PLAIN, FIRST, Direction.IMPORT, PREFERRED)

    with pytest.raises(NotWritable, match="is not the file"):
        after(files(text), patch.lines)
    with pytest.raises(NotWritable, match=r"no file bird\.conf"):
        after((Source(name="other.conf", text=PLAIN),), patch.lines)


# --------------------------------------------------------------------------------- a whole gateway

PREFERS_FIRST = laws.customer(
    imports=(Policy(terms=(Term(changes=PREFERRED),)), Policy()),
    exports=(Policy(), Policy(terms=(laws.every(LONGER),))),
)


@pytest.mark.parametrize("name", ["bgp", "static"])
def test_a_whole_gateway(name: str, tmp_path: Path) -> None:
    it = PREFERS_FIRST if name == "bgp" else laws.customer(bgp=False)
    first, *others = writer(Platform.BIRD).load().customer(it)

    golden.check(HERE / "golden" / f"{name}.conf", first.text)
    assert takes(first.text, tmp_path) == ""
    assert [one.name for one in others][:2] == [
        "/etc/swanctl/conf.d/fw1.conf",
        "/etc/strongswan.d/fw1.conf",
    ]
    laws.reads_back(Platform.BIRD, it)


@given(
    imports=st.tuples(*[laws.policies(Direction.IMPORT)] * 2),
    exports=st.tuples(*[laws.policies(Direction.EXPORT)] * 2),
)
def test_a_whole_gateway_has_the_policies_that_were_meant(
    imports: tuple[Policy, Policy], exports: tuple[Policy, Policy]
) -> None:
    laws.reads_back(Platform.BIRD, laws.customer(imports=imports, exports=exports))
