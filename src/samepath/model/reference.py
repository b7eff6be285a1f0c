"""The reference page of the topology file, made from the table that reads the file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samepath.model import keys
from samepath.model.fields import Field, Record

_HEAD = """\
# Topology file

<!-- Generated from src/samepath/model/keys.py; a test compares it. -->

One YAML file describes both ends of a VPN.
It is read as YAML 1.2: `yes` is a text, `true` is true.
Anchors, aliases and tags are refused; what both tunnels share stands in `tunnel_defaults`.

The smallest useful file:

```yaml
samepath: 1
vpcs:
  main: {cidr: 10.0.0.0/16}
customer_gateways:
  dc: {address: 198.51.100.1}
sites:
  office: {networks: [192.168.10.0/24]}
connections:
  seoul: {}
```

All mistakes of a file are reported at once, each with file, line, key, what is wrong and what would be right:

```text
vpn.yaml:12: connections.seoul.tunnels[1].inside: 169.254.0.0/30 is reserved by AWS; choose a /30 ...
```

A name is made of lower-case letters, digits and hyphens, a letter first, 31 at most (63 for a host).
The name of the VPN itself has only single hyphens, and none at its end.

Positions in lists count from 0, as in JSON tools: `tunnels[1]` is tunnel 2.

Durations are written `9s`, `50ms`, `15m`, `1h`, or as a bare number of seconds.
Algorithms may be written in strongSwan's words (`aes256gcm16`, `sha384`) or in AWS's (`AES256-GCM-16`, `SHA2-384`).

An editor with a YAML language server completes and checks the keys where the file's first line names the schema:

```yaml
# yaml-language-server: $schema=topology.schema.json
```

"""

_RULES = """\
## Rules between values

These hold between values, so they are in no schema.

- A subnet lies in its VPC; subnets of a VPC do not overlap, nor do the networks of a site.
- The networks that one gateway reaches (its VPC's, and those of the sites behind its connections) do not overlap.
  Different gateways may reach the same networks: overlapping tenants are legal.
- A host lies in a subnet or site network, and has neither its own, nor its broadcast, nor a router's address: the first of a subnet, and the first ones of a site network, one for each customer gateway and one more with `vrrp`.
- A host's name is its own in the whole file.
- A VPC has one gateway at most, and a virtual private gateway 10 connections at most (AWS's quota).
- A site's `first_hop` is one of its customer gateways, and not together with a key `vrrp`.
- `vrrp`, `ibgp` and `state_sync` are for sites with several customer gateways; VRRP's priorities differ, and iBGP's ASNs do not.
- `preemption: manual` is not together with a `cluster` at the customer's end.
- `keeps_next_hop` names customer gateways of a site with `ibgp`, and none of the platform `bird`.
- The ASN of a gateway differs from those of its customer gateways (AWS: `AsnConflict`).
- Outside addresses, of tunnels and of customer gateways, are unique in the file.
- Inside networks are unique per gateway (AWS) and per customer gateway (a device has one route to each).
- The ESP lifetime is less than the IKE lifetime, and the rekey margin half the ESP lifetime at most.
- `gateway_prefers: unknown` is not together with `preemption: manual`, which only samepath's own gateway has.
- The DPD timeout is more than the DPD delay, and the BGP keepalive a third of the hold time at most.

## Warnings

A file with these can be used, and says so when it is:

- the ends of a tunnel share no IKE or ESP proposal, so that it will not come up;
- they differ in perfect forward secrecy only, so that it comes up and fails at its first rekey;
- they take their pre-shared keys from different places;
- a weak algorithm is among the proposals (SHA-1; groups 2, 5, 22, 23 and 24);
- `probe_inside` with BGP, or `bgp` or a policy with static routing, where they have no effect;
- static routing with the DPD action `none` and no `probe_inside`, so that nothing withdraws a dead tunnel's routes;
- `gateway_prefers: unknown`, which the lab builds as `active`;
- `established: stays` or `cut` of a firewall that keeps sessions, where customer gateways speak iBGP or equal routes by BGP are used together: the lab builds it as `follows`;
- `reverse_path: feasible` with static routing, which the lab builds as `strict`.

## What is predicted only

`samepath check` takes these, and `samepath lab` refuses them before it builds anything:

- a transit gateway, every `platform` but `bird` and `frr`, and with `bird` of `best_path` all but `maximum_paths`;
- `aggregates`, `default_originate`, `keeps_next_hop`, and `state_sync` of a site;
- a `cluster` that runs FRR, that has static routing, or that stands beside another customer gateway of its site.
"""

_TITLES = {
    "vpcs": "A VPC",
    "gateways": "A gateway",
    "customer_gateways": "A customer gateway",
    "sites": "A site",
    "connections": "A connection",
    "tunnels": "A tunnel",
    "customer": "The customer's end",
    "match": "Conditions of a term",
    "set": "Changes of a term",
    "import": "A policy term",
    "gateway": "Policy of one end",
}


def render() -> str:
    """The text of ``docs/reference/topology-file.md``."""
    return _HEAD + "\n".join(_sections()) + "\n" + _RULES


def _records(record: Record, title: str, path: str) -> Iterator[tuple[Record, str, str]]:
    """Every record of the file with a title and a path, in the order of the keys."""
    yield record, title, path
    for field in record:
        inner = field.kind.inner()
        if inner is None or field.key == keys.TUNNEL_DEFAULTS.key:
            continue
        under = f"{path}.{field.key}" if path else field.key
        allowed = field.kind.allowed()
        under += ".NAME" if allowed.startswith("a mapping of names") else ""
        under += "[]" if allowed.startswith("a list") else ""
        yield from _records(inner, _TITLES.get(field.key, f"`{field.key}`"), under)


def _sections() -> Iterator[str]:
    """A section for each record, with all the places where it may stand."""
    found: dict[int, tuple[Record, str, list[str]]] = {}
    for record, title, path in _records(keys.FILE, "The file", ""):
        found.setdefault(id(record), (record, title, []))[2].append(path)
    for record, title, paths in found.values():
        yield f"## {title}"
        yield ""
        if paths[0]:
            yield f"Under {' and '.join(f'`{path}`' for path in paths)}."
            yield ""
        for field in record:
            yield from _entry(field)
        yield ""


def _entry(field: Field[object]) -> Iterator[str]:
    """What the page tells about one key, one sentence a line."""
    first, *others = re.split(r"(?<=[.]) (?=[A-Z`])", field.meaning)
    yield f"- **`{field.key}`**: {first}"
    for sentence in others:
        yield f"  {sentence}"
    yield f"  Allowed: {field.kind.allowed()}."
    if field.required:
        yield "  Required."
    elif field.default:
        source = f" ({field.source})" if field.source else ""
        yield f"  Default: {field.default}{source}."
    if field.required and field.source:
        yield f"  Limits: {field.source}."
