"""The keys of a routing policy in a topology file: terms, their conditions and changes."""

from __future__ import annotations

from samepath.model.fields import Field, ListOf, Record
from samepath.model.kinds import (
    boolean,
    choice,
    community,
    integer,
    prefix_match,
)
from samepath.model.policy import Disposition

PREFIXES = Field(
    key="prefixes",
    kind=ListOf(item=prefix_match()),
    meaning="The route is exactly one of these prefixes, or, with `ge` or `le`, lies in one of them "
    "with a length from `ge` to `le`.",
    default="any prefix",
)
COMMUNITIES = Field(
    key="communities",
    kind=ListOf(item=community()),
    meaning="The route carries one of these communities.",
    default="any",
)
MATCH = Field(
    key="match",
    kind=Record(PREFIXES, COMMUNITIES),
    meaning="All that must hold for the term to match.",
    default="every route",
)
LOCAL_PREFERENCE = Field(
    key="local_preference",
    kind=integer(0, 4294967295),
    meaning="LOCAL_PREF: the highest wins, inside this speaker's AS.",
    default="left alone",
)
WEIGHT = Field(
    key="weight",
    kind=integer(0, 65535),
    meaning="Weight: the highest wins, on this speaker only.",
    default="left alone",
)
MED = Field(
    key="med",
    kind=integer(0, 4294967295),
    meaning="MULTI_EXIT_DISC: the lowest wins among paths of the same neighbouring AS.",
    default="left alone",
)
PREPEND = Field(
    key="prepend",
    kind=integer(0, 16),
    meaning="How many times the speaker's own ASN is put in front of the AS_PATH.",
    default="0",
    json_default=0,
)
ADD_COMMUNITIES = Field(
    key="add_communities",
    kind=ListOf(item=community()),
    meaning="Communities to add.",
    default="none",
)
SET = Field(
    key="set",
    kind=Record(LOCAL_PREFERENCE, WEIGHT, MED, PREPEND, ADD_COMMUNITIES),
    meaning="What a matching term changes.",
    default="nothing",
)
THEN = Field(
    key="then",
    kind=choice(Disposition),
    meaning="What becomes of a matching route: it is accepted, rejected, or tried against the "
    "next term with the changes made.",
    default="accept",
    json_default="accept",
)
TERM = Record(MATCH, SET, THEN)
IMPORT = Field(
    key="import",
    kind=ListOf(item=TERM),
    meaning="Terms for routes that this end hears, in order; a route that no term ends is "
    "accepted.",
    default="none",
)
EXPORT = Field(
    key="export",
    kind=ListOf(item=TERM),
    meaning="Terms for routes that this end announces, in order.",
    default="none",
)
DEFAULT_ORIGINATE = Field(
    key="default_originate",
    kind=boolean(),
    meaning="Announce 0.0.0.0/0 always, past the export policy (`neighbor ... default-originate` "
    "of IOS and FRR). Not with `platform: bird`.",
    default="false",
    json_default=False,
)
GATEWAY_POLICY = Field(
    key="gateway", kind=Record(IMPORT, EXPORT), meaning="The gateway's end.", default="none"
)
CUSTOMER_POLICY = Field(
    key="customer",
    kind=Record(IMPORT, EXPORT, DEFAULT_ORIGINATE),
    meaning="The customer gateway's end.",
    default="none",
)
