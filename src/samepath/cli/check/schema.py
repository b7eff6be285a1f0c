"""The form of ``samepath check --json``: a JSON Schema, and the page that tells it to people."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping

from samepath.cli.check.document import SCHEMA
from samepath.cli.check.findings import kinds
from samepath.device.reading.support import Part
from samepath.model.topology import GatewayKind, Platform, Routing
from samepath.pairing.handshake import Answer
from samepath.routing.findings import Severity
from samepath.routing.forwarding import End
from samepath.routing.route import Source
from samepath.routing.states import Condition
from samepath.routing.steps import Sureness
from samepath.routing.verdict import Transition, Verdict

Rule = Mapping[str, object]


def _text(description: str, *, of: Collection[str] = (), or_null: bool = False) -> Rule:
    values = [*of, *([None] if or_null else [])]
    return {
        "description": description,
        "type": ["string", "null"] if or_null else "string",
        **({"enum": values} if of else {}),
    }


def _number(description: str, *, or_null: bool = False) -> Rule:
    return {
        "description": description,
        "type": ["integer", "null"] if or_null else "integer",
        "minimum": 0,
    }


def _list(description: str, items: Rule) -> Rule:
    return {"description": description, "type": "array", "items": items}


def _object(description: str, **properties: Rule) -> Rule:
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_FINDING = _object(
    "Something that is wrong, or is not what it looks like.",
    code=_text("The kind of finding; see findings.md.", of=sorted(kind.code for kind in kinds())),
    severity=_text("How bad it is.", of=[one.value for one in Severity]),
    place=_text("The element that it is about: `seoul/tunnel1`, `cgw:dc`."),
    path=_text("The value of the file that says it; null where no single one does.", or_null=True),
    file=_text("The file of a device that says it; null where none does.", or_null=True),
    line={
        "description": "The line of that value, or of that file, counted from 1.",
        "type": ["integer", "null"],
        "minimum": 1,
    },
    what=_text("What is wrong: a sentence without its full stop."),
    advice=_text("What mends it."),
)
_HOP = _object(
    "A router on the way, and the route that it takes.",
    router=_text("The router: `gw:NAME` or `cgw:NAME`."),
    prefix=_text("The longest match."),
    path=_text("The tunnel that the route leads into; `lan` or `vpc` at the end of the way."),
    source=_text("Where the router has the route from.", of=[one.value for one in Source]),
    decided_by=_text(
        "The comparison that decided; `multipath` where the flow's hash takes one of several equal "
        "routes; null where there was one route.",
        or_null=True,
    ),
)
_WAY = _object(
    "The way of a packet in one direction.",
    end=_text("How it ends.", of=[one.name.lower() for one in End]),
    tunnel=_text("The tunnel that was taken last; null where none was.", or_null=True),
    hops=_list("Router by router.", {"$ref": "#/$defs/hop"}),
)
_MECHANISM = {
    **_object(
        "What decides a flow's fate at a device; null where none has to.",
        device=_text("The router: `cgw:NAME`."),
        rule=_text("What it does: a clause about the device."),
        rests_on=_text(
            "How sure the rule is; null where the file itself says it.",
            of=[one.value for one in Sureness],
            or_null=True,
        ),
    ),
    "type": ["object", "null"],
}
_FATE = _object(
    "What becomes of the flows that one end opens.",
    verdict=_text("Of one that is opened in this state.", of=[one.value for one in Verdict]),
    because={"$ref": "#/$defs/mechanism"},
    open_flow=_text(
        "Of one that was open before; null as in `outcome`.",
        of=[one.name.lower() for one in Transition],
        or_null=True,
    ),
    open_flow_because={"$ref": "#/$defs/mechanism"},
)
_ASSUMPTION = _object(
    "A fact that no file holds, and the answer that is assumed.",
    subject=_text("The element that it is about."),
    question=_text("What completes the sentence *nobody says*."),
    answer=_text("The answer."),
)
_QUESTION = _object(
    "A fact that no file holds, and what it may be.",
    subject=_text("The element that it is about."),
    question=_text("What completes the sentence *nobody says*."),
    answers=_list("What it may be.", _text("An answer.")),
)
_OUTCOME = _object(
    "A result, and when it is the result.",
    to_site={"$ref": "#/$defs/way"},
    to_vpc={"$ref": "#/$defs/way"},
    verdict=_text(
        "What becomes of a flow that is opened in this state; the worse of the two ends'.",
        of=[one.value for one in Verdict],
    ),
    open_flow=_text(
        "What becomes of a flow that was open before; the worse of the two ends'. Null with all up, "
        "and where there could be none.",
        of=[one.name.lower() for one in Transition],
        or_null=True,
    ),
    from_vpc={"$ref": "#/$defs/fate"},
    from_site={"$ref": "#/$defs/fate"},
    **{
        "if": _list(
            "The sets of assumptions that lead to it: each is enough. A set of none means always.",
            _list("Assumptions that hold together.", {"$ref": "#/$defs/assumption"}),
        )
    },
)
_CONDITION = _object(
    "What has happened to an element.",
    element=_text("The element: `seoul/tunnel1/bgp`, `cgw:dc/lan`."),
    condition=_text("What has happened.", of=[one.name.lower() for one in Condition]),
)
_PAIR: Mapping[str, Rule] = {
    "vpc": _text("The VPC's network; or that of the other site."),
    "other_site": _text(
        "The other site, of a pair of two (`--between-sites`); null: the pair has a VPC.",
        or_null=True,
    ),
    "site": _text("The site's network, or a longer prefix in it that is announced, too."),
    "gateway": _text("The router that the VPC's hosts send to."),
    "customer_gateway": _text("The router that the site's hosts send to."),
}
_OUTCOMES = _list(
    "What may become of the pair: one, or several where the answer depends on what no file "
    "holds; none where too much is open.",
    {"$ref": "#/$defs/outcome"},
)
_TOO_MUCH_OPEN = _list(
    "What is asked of the pair where the answers have more combinations than can be told; else "
    "empty.",
    {"$ref": "#/$defs/question"},
)
_STATE = _object(
    "The verdict on a pair of networks in a failure state.",
    **_PAIR,
    state=_text("The state's name; `all up` where nothing has happened."),
    conditions=_list("What has happened; empty with all up.", {"$ref": "#/$defs/condition"}),
    undetermined={
        "description": "Whether what no file holds decides on the verdict, or a line of a device "
        "that was not understood may. Where a hash gives each "
        "flow its own path, the outcomes have several verdicts, each that of some flows.",
        "type": "boolean",
    },
    outcomes=_OUTCOMES,
    too_much_open=_TOO_MUCH_OPEN,
)
_ELSEWHERE = _object(
    "The verdict on a pair of networks while something has happened to what it does not depend on.",
    **_PAIR,
    states={
        "description": "How many failure states these are.",
        "type": "integer",
        "minimum": 1,
    },
    outcomes=_OUTCOMES,
    too_much_open=_TOO_MUCH_OPEN,
)
_FILE = _object(
    "What was found in one file.",
    file=_text("The file, as it was named."),
    name=_text("The topology's name."),
    sentence=_text("The verdict in one sentence, without its full stop."),
    worst=_text(
        "The severity of the worst finding; null where there is none.",
        of=[one.value for one in Severity],
        or_null=True,
    ),
    understood={"$ref": "#/$defs/understood"},
    warnings=_list(
        "What can be built, and will not come up, or not well, or not for long.",
        _text("A warning with its place."),
    ),
    known=_list(
        "What the tables of `--observed` tell beyond the file.", {"$ref": "#/$defs/assumption"}
    ),
    findings=_list("The worst first.", {"$ref": "#/$defs/finding"}),
    states=_list(
        "Every pair of networks in every failure state that touches what it depends on, and with "
        "all up.",
        {"$ref": "#/$defs/state"},
    ),
    elsewhere=_list(
        "Every pair for which there are failure states beside those, in each of which the same "
        "becomes of it.",
        {"$ref": "#/$defs/elsewhere"},
    ),
)
_UNDERSTOOD = {
    **_object(
        "What was understood of AWS's descriptions (`--vpn`); null of a topology file.",
        connections=_list("The connections that are judged.", {"$ref": "#/$defs/connection"}),
        devices=_list("The devices that `--device` names.", {"$ref": "#/$defs/device"}),
        assumed=_list("What no description tells.", {"$ref": "#/$defs/taken"}),
        skipped=_list("What was passed over, and why.", _text("A sentence with its place.")),
    ),
    "type": ["object", "null"],
}
_CONNECTION = _object(
    "A VPN connection of AWS.",
    id=_text("AWS's id."),
    name=_text("What it is called in the rest of this document."),
    tag=_text("Its tag `Name`.", or_null=True),
    file=_text("The file that it was read from."),
    line=_number("The line on which it begins there; null where there is none.", or_null=True),
    gateway=_text("The id of its gateway."),
    gateway_kind=_text("What that is.", of=[one.value for one in GatewayKind]),
    gateway_asn=_number("The AS number of AWS's end."),
    customer_gateway=_text("The id of its customer gateway."),
    customer_address=_text("The outside address of that."),
    customer_asn=_number("The AS number of that; null with static routes.", or_null=True),
    routing=_text("How the two ends learn prefixes.", of=[one.value for one in Routing]),
    tunnels=_list("Its two tunnels.", {"$ref": "#/$defs/tunnel"}),
)
_TUNNEL = _object(
    "A tunnel of a VPN connection of AWS.",
    name=_text("What it is called in the rest of this document: `vpn-0a0a0a0a/tunnel1`."),
    outside=_text("The outside address of AWS's end."),
    inside=_text("The network inside."),
    status=_text("How AWS saw it when it was asked: `up`, `down` or `unknown`."),
    message=_text("The same in AWS's words.", or_null=True),
    accepted=_number(
        "The prefixes that AWS had from the customer over BGP, or the static routes.", or_null=True
    ),
)
_DEVICE = _object(
    "A device at the customer's end.",
    name=_text("What it is called here."),
    files=_list("Its files.", _text("A file, as it was named.")),
    platform=_text("Whose configuration it is.", of=[one.value for one in Platform]),
    release=_text("Its release, where a file tells it.", or_null=True),
    host_name=_text("What it calls itself.", or_null=True),
    customer_gateway=_text("What it is called in the rest of this document."),
    tunnels=_list("The tunnels that AWS has to it.", {"$ref": "#/$defs/device_tunnel"}),
    not_understood=_list(
        "What of it was not understood, or cannot be predicted.", {"$ref": "#/$defs/doubt"}
    ),
)
_ANSWERS = [one.value for one in Answer]
_DEVICE_TUNNEL = _object(
    "A tunnel, as a device has it.",
    name=_text("What it is called in the rest of this document."),
    neighbour=_text("The neighbour in it; null where it has none.", or_null=True),
    file=_text("The file that has the neighbour.", or_null=True),
    line={
        "description": "The line of that, counted from 1.",
        "type": ["integer", "null"],
        "minimum": 1,
    },
    session={
        "description": "Whether the two ends' BGP agrees; null with static routes.",
        "type": ["boolean", "null"],
    },
    comes_up=_text("Whether the two ends' IPsec agrees.", of=_ANSWERS),
    survives_rekey=_text("Whether it still does when keys are renewed.", of=_ANSWERS),
    reasons=_list("What speaks against that, or leaves it open.", _text("A sentence.")),
    notes=_list("What differs and hinders nothing.", _text("A sentence.")),
)
_DOUBT = _object(
    "Something of a device that may change the verdict.",
    file=_text("The file of the line.", or_null=True),
    line={"description": "The line.", "type": ["integer", "null"], "minimum": 1},
    text=_text("The line without its secrets; empty where it was understood and is not modelled."),
    reason=_text("Why nobody can say what it does to the verdict."),
    could_change=_list("What it could change.", _text("A part.", of=[one.value for one in Part])),
)
_TAKEN = _object(
    "Something that no description tells.",
    subject=_text("What it is about."),
    what=_text("What is taken to be so."),
)
_DEFS = {
    "file": _FILE,
    "understood": _UNDERSTOOD,
    "connection": _CONNECTION,
    "tunnel": _TUNNEL,
    "taken": _TAKEN,
    "device": _DEVICE,
    "device_tunnel": _DEVICE_TUNNEL,
    "doubt": _DOUBT,
    "finding": _FINDING,
    "state": _STATE,
    "elsewhere": _ELSEWHERE,
    "condition": _CONDITION,
    "outcome": _OUTCOME,
    "way": _WAY,
    "hop": _HOP,
    "fate": _FATE,
    "mechanism": _MECHANISM,
    "assumption": _ASSUMPTION,
    "question": _QUESTION,
}


def schema() -> dict[str, object]:
    """The JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "samepath check --json",
        **_object(
            "The whole answer.",
            schema={"description": "The form of this document.", "const": SCHEMA},
            files=_list("The files, in the order of the command.", {"$ref": "#/$defs/file"}),
        ),
        "$defs": _DEFS,
    }


def render() -> str:
    """The text of ``docs/reference/check.schema.json``."""
    return json.dumps(schema(), indent=2) + "\n"


_HEAD = """\
# The JSON of `samepath check`

<!-- Generated from src/samepath/cli/check/schema.py; a test compares it. -->

`samepath check --json FILE...` prints one document on standard output, also where the exit code is 1.
Where a file cannot be used (exit code 2) it prints nothing there, and every mistake on standard error.
[check.schema.json](check.schema.json) is its JSON Schema.

The form's name is `samepath.check/1`.
Keys keep their meaning, and new ones may come: a program passes over what it does not know.

The errors of all files, as `jq` finds them:

```
samepath check --json *.yaml | jq -r '.files[] | .file as $f | .findings[] | select(.severity == "error") | "\\($f): \\(.place): \\(.what)"'
```

The tunnels of each direction with all up:

```
samepath check --json vpn.yaml | jq -r '.files[].states[] | select(.conditions == []) | .outcomes[] | [.to_site.tunnel, .to_vpc.tunnel, .verdict] | @tsv'
```
"""


def page() -> str:
    """The text of ``docs/reference/check-json.md``."""
    whole = schema()
    return _HEAD + "".join(_section(name, rule) for name, rule in [("", whole), *_DEFS.items()])


def _section(name: str, rule: Rule) -> str:
    properties = rule["properties"]
    assert isinstance(properties, Mapping)  # noqa: S101 - ours
    title = f"`{name}`" if name else "The document"
    rows = "".join(
        f"| `{key}` | {_type(one)} | {' '.join(_meaning(one))} |\n"
        for key, one in properties.items()
    )
    return f"\n## {title}\n\n{rule['description']}\n\n| key | is | means |\n|---|---|---|\n{rows}"


def _type(rule: Rule) -> str:
    if "$ref" in rule:
        name = str(rule["$ref"]).rpartition("/")[2]
        return f"{'an' if name[0] in 'aeiou' else 'a'} `{name}`"
    if "const" in rule:
        return f"`{rule['const']}`"
    kind = rule["type"]
    if kind == "array":
        items = rule["items"]
        assert isinstance(items, Mapping)  # noqa: S101 - ours
        return f"a list, each {_type(items)}"
    words = {"string": "a text", "integer": "a number", "boolean": "true or false", "null": "null"}
    kinds = [kind] if isinstance(kind, str) else kind
    assert isinstance(kinds, list)  # noqa: S101 - ours
    return " or ".join(words[one] for one in kinds)


def _meaning(rule: Rule) -> Iterator[str]:
    description = rule.get("description")
    if description is None:
        name = str(rule["$ref"]).rpartition("/")[2]
        description = _DEFS[name]["description"]
    yield str(description)
    values = rule.get("enum")
    if isinstance(values, list) and len(values) < 10:
        yield "One of " + ", ".join(f"`{value}`" for value in values if value is not None) + "."
