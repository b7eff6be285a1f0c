"""The rules by which one platform chooses a route: order, defaults and knobs, as a value.

A knob that a device's configuration turns is a field: ``replace(rules, always_compare_med=True)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from samepath.routing.distances import Distances
from samepath.routing.steps import Comparison, Step, Sureness

WORST_MED = 4294967295
"""What a missing MED counts as under ``missing-as-worst``."""


class Platform(Enum):
    """A kind of router; the value names it in files and explanations."""

    AWS_VGW = "aws-vgw"
    AWS_TGW = "aws-tgw"
    BIRD = "bird"
    FRR = "frr"
    QUAGGA = "quagga"
    VYOS = "vyos"
    CISCO_IOS = "cisco-ios"
    CISCO_ASA = "cisco-asa"
    JUNOS = "junos"
    FORTIOS = "fortios"
    PAN_OS = "pan-os"
    ROUTEROS = "routeros"


class Scan(Enum):
    """In which order routes meet where MED is compared in some pairs only."""

    NEWEST_FIRST = "newest first"
    """All are compared again, the newest with the next older, the better of them with the next."""
    ARRIVAL = "as they arrive"
    """Each newcomer is compared with the best one so far."""
    UNKNOWN = "unknown"


class SentMed(Enum):
    """Routes whose MED goes to a neighbour AS by itself."""

    NONE = "none: the export policy sets it"
    OF_ROUTER = "those of the router itself"
    OF_AS = "those of its AS"


class AsPaths(Enum):
    """What multipath asks of the AS paths of equal routes, beyond an equal length."""

    SAME_PATH = "the same AS path"
    SAME_NEIGHBOUR = "the same neighbour AS"
    SAME_PEER = "neighbours of the same AS"
    """Of the neighbour itself: an import policy may have put another AS in front of its path."""
    SAME_LENGTH = "any AS path of the same length"
    """As it is, or after ``bestpath as-path multipath-relax``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Multipath:
    """How many equal routes are used together, and which. None: no limit is known."""

    ebgp: int | None = 1
    ibgp: int | None = 1
    ebgp_paths: AsPaths = AsPaths.SAME_PATH
    ibgp_paths: AsPaths = AsPaths.SAME_PATH
    static: bool = False
    """Whether equal routes of another protocol than BGP are used together."""
    beyond_med: bool = False
    """Whether a route that lost by MED in its own neighbour AS may join an equal best one of another:
    FRR looks for them among all routes again, after deterministic MED has chosen; BIRD has then put
    away (``suppressed``, ``bgp_rte_recalculate``) what lost."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """How one platform chooses, with what its configuration leaves at the default."""

    platform: Platform
    title: str
    order: tuple[Comparison, ...]
    """BGP's own comparison; the first difference decides."""
    distances: Distances
    local_preference: int = 100
    """What a route without LOCAL_PREF counts as, and is sent with to an iBGP neighbour."""
    local_weight: int = 32768
    """The weight of a route of this router; one that is heard has 0."""
    local_med: int | None = None
    """The MED of a connected network that this router announces where nothing sets one. None: it
    has none, and its neighbour takes it for what it takes a missing one for."""
    missing_med: int | None = 0
    """What a route without MED counts as. None: nobody says."""
    sent_med: SentMed = SentMed.OF_AS
    """Of which routes the MED leaves the AS, where the export policy sets none."""
    keeps_own_back: bool = True
    """Whether NO_EXPORT and NO_ADVERTISE (RFC 1997) hold for routes of its own, too."""
    sends_back: bool = False
    """Whether a route is sent to the neighbour that it was heard from, too: that one will refuse it
    for its own AS in the path, unless it is told to take it."""
    changes_reflected: bool = True
    """Whether the export policy may change a reflected route, and not only keep it back."""
    checks_every_cluster: bool = True
    """Whether a reflector refuses what it has reflected before on every iBGP session (RFC 4456, 8),
    or on those to its clients only."""
    always_compare_med: bool = False
    """Compare MED between neighbour ASes too (BIRD: ``med metric``)."""
    deterministic_med: bool = False
    """Compare MED within each neighbour AS before anything is compared between them."""
    empty_path_is_own_as: bool = False
    """Whether MED is compared between a route with an empty AS path and one whose path starts with
    this AS, as somebody within it has put it there (RFC 4271, 9.1.2.2 c, may be read either way)."""
    default_needs_route: bool = False
    """Whether a default route that is made for one neighbour by a policy is there only while the
    table holds a route to a prefix that the policy lets pass."""
    scan: Scan = Scan.UNKNOWN
    compares_news_only: bool = False
    """Whether a route that comes or changes is compared with the one in use, and others are not
    compared again until that one goes: where MED breaks the order of routes, what is used depends
    on what was (BIRD's ``rte_recalculate``)."""
    compare_router_id: bool = False
    """Go past age to the router id (Junos: ``external-router-id``; BIRD: ``prefer older off``)."""
    ignore_as_path: bool = False
    """Do not compare the length of AS paths (BIRD: ``path metric off``)."""
    multipath: Multipath = Multipath()
    needs_policy: bool = False
    """Whether an eBGP session without a policy exchanges nothing (RFC 8212)."""
    sureness: Sureness
    """Of defaults that ``surenesses`` does not name."""
    surenesses: tuple[tuple[str, Sureness], ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences for the reference page."""

    def takes(self, step: Step) -> bool:
        """Whether the platform takes ``step`` at all: weight, say, or multipath."""
        return any(one.step is step for one in self.order)

    @property
    def keeps_oldest(self) -> bool:
        """Whether of equal eBGP routes the one stays that was there first."""
        return not self.compare_router_id and (self.takes(Step.OLDEST) or self.takes(Step.SELECTED))

    def sureness_of(self, default: str) -> Sureness:
        """How sure it is that the field ``default`` holds unless a configuration says otherwise."""
        return dict(self.surenesses).get(default, self.sureness)
