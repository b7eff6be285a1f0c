"""The keys of a topology file: one table that reads it, describes it and gives its schema.

A key's default is stated here in words; :mod:`samepath.model.document` applies it, from the values
of :mod:`samepath.model.topology`.
"""

from __future__ import annotations

from samepath.model import limits
from samepath.model.fields import (
    Field,
    ListOf,
    MapOf,
    Off,
    One,
    Record,
    Refused,
    Short,
    Switch,
    Values,
)
from samepath.model.kinds import (
    address,
    boolean,
    choice,
    duration,
    integer,
    integers,
    name,
    network,
    outside_address,
    spelled,
    vpn_name,
)
from samepath.model.limits import MILLISECOND, SECOND
from samepath.model.topology import (
    Established,
    GatewayKind,
    GatewayPrefers,
    Ipsec,
    Mode,
    Platform,
    Preemption,
    ReversePath,
    Routing,
    SessionBinding,
    Tracking,
)
from samepath.model.tree import Scalar
from samepath.model.tunnel_keys import TUNNEL, TUNNEL_DEFAULTS_RECORD

VERSION_NUMBER = 1
ALLOWED_BY_AWS = " (AWS's limits)"
OURS = "samepath's choice"
PLATFORMS_OWN = "the platform's own"


def _version() -> One[int]:
    def convert(node: Scalar) -> int:
        if node.in_quotes == VERSION_NUMBER and not isinstance(node.in_quotes, bool):
            raise Refused("the version in quotes is a text", "write samepath: 1")
        if node.value != VERSION_NUMBER or isinstance(node.value, bool):
            raise Refused("this version of the file's form is not known here", "write samepath: 1")
        return VERSION_NUMBER

    return One(convert=convert, words="it as the line samepath: 1", json={"const": VERSION_NUMBER})


NAME = name()
HOST_NAME = name(63)
HOSTS_KIND = MapOf(name=HOST_NAME, value=address())

# -- VPC side

VPC_CIDR = Field(
    key="cidr",
    kind=network(*limits.VPC_LENGTH, whose=ALLOWED_BY_AWS),
    meaning="The VPC's IPv4 network.",
    required=True,
    source="AWS: CreateVpc",
)
SUBNETS = Field(
    key="subnets",
    kind=MapOf(name=NAME, value=network(*limits.VPC_LENGTH, whose=ALLOWED_BY_AWS), minimum=1),
    meaning="Subnets by name; they lie in the VPC's network and do not overlap.",
    default="one subnet `main`: the first /24 of the VPC's network, or all of it if it is smaller",
    source=OURS,
)
VPC_HOSTS = Field(
    key="hosts",
    kind=HOSTS_KIND,
    meaning="Machines of the lab by name, each in a subnet. "
    "The subnet's first address is its router's.",
    default="one host `VPC-host` (after the VPC's name) at the 10th address of the first subnet",
    source=OURS,
)
VPC = Record(VPC_CIDR, SUBNETS, VPC_HOSTS)

GATEWAY_VPC = Field(
    key="vpc",
    kind=NAME,
    meaning="The VPC that the gateway is attached to; a VPC has one gateway at most.",
    default="the only VPC",
    source="AWS: AttachVpnGateway, CreateTransitGatewayVpcAttachment",
)
GATEWAY_ASN = Field(
    key="asn",
    kind=integers(
        *limits.GATEWAY_ASNS,
        words="a private ASN, 64512 to 65534 or 4200000000 to 4294967294",
    ),
    meaning="The Amazon-side ASN.",
    default="64512",
    json_default=64512,
    source="AWS: CreateVpnGateway, AmazonSideAsn",
)
GATEWAY_KIND = Field(
    key="kind",
    kind=choice(GatewayKind),
    meaning="`virtual-private`: announces MED 100 on the active tunnel and 200 on the other, and "
    "sends a prefix by one tunnel of all its connections. `transit`: announces MED 100 on all "
    "tunnels. `samepath check` predicts it, and the lab does not build it.",
    default="virtual-private",
    json_default="virtual-private",
    source="AWS: VpnGatewayId or TransitGatewayId of CreateVpnConnection",
)
ECMP = Field(
    key="ecmp",
    kind=boolean(),
    meaning="Of a transit gateway: whether it sends by all its equal BGP routes together.",
    default="true of a transit gateway",
    source="AWS: CreateTransitGateway, VpnEcmpSupport is enable",
)
GATEWAY = Record(GATEWAY_VPC, GATEWAY_ASN, GATEWAY_KIND, ECMP)

# -- customer side

CUSTOMER_ADDRESS = Field(
    key="address",
    kind=outside_address(),
    meaning="The device's outside address.",
    required=True,
    source="AWS: CreateCustomerGateway, IpAddress",
)
CUSTOMER_ASN = Field(
    key="asn",
    kind=integers(
        *limits.CUSTOMER_ASNS,
        refused=limits.RESERVED_ASNS,
        words="an ASN from 1 to 4294967295 that is not reserved",
    ),
    meaning="The device's ASN; it differs from the gateway's.",
    default="65000",
    json_default=65000,
    source="AWS: CreateCustomerGateway, BgpAsn",
)
PLATFORM = Field(
    key="platform",
    kind=choice(Platform),
    meaning="The routing platform: which best-path rules and defaults apply. "
    "The page on platforms has them.",
    default="bird",
    json_default="bird",
    source=OURS,
)
IPSEC = Field(
    key="ipsec",
    kind=choice(Ipsec),
    meaning="Who tells the device's strongSwan what its tunnels are, in a lab; no prediction asks. "
    "`samepath`: samepath, which loads them, starts them, and starts them again. `swanctl`: a "
    "`swanctl.conf` of its own, which it loads by itself when it starts. It starts and restarts "
    "its tunnels by what stands there, and samepath only looks at it.",
    default="samepath",
    json_default="samepath",
    source=OURS,
)
OF_THE_PLATFORM = "what the platform does by itself"
BINDING = Field(
    key="binding",
    kind=choice(SessionBinding),
    meaning="To what the firewall binds a session, which decides what an asymmetric path does to "
    "it. `stateless`: to nothing. `device`: to the device (plain conntrack). `zone`: to the zone "
    "of the tunnel. `interface`: to the tunnel's interface, so that a packet of the session on "
    "the other tunnel is dropped.",
    default=OF_THE_PLATFORM,
)
REVERSE_PATH = Field(
    key="reverse_path",
    kind=choice(ReversePath),
    meaning="What is dropped because of its source (RFC 3704). `loose`: what has no route back. "
    "`feasible`: what has no active route back by the tunnel that it came by. `strict`: what has "
    "its best route back by another one.",
    default=OF_THE_PLATFORM,
)
ESTABLISHED = Field(
    key="established",
    kind=choice(Established),
    meaning="What becomes of a session when the route of its packets moves to another tunnel. "
    "`follows`: they take it. `stays`: they stay on the session's tunnel while there is a route "
    "by it. `cut`: the session ends, and both ends are told (TCP reset).",
    default=OF_THE_PLATFORM,
)
FIREWALL = Field(
    key="firewall",
    kind=Short(BINDING, Record(BINDING, REVERSE_PATH, ESTABLISHED)),
    meaning="What the device's firewall does with sessions and with packets from where it does not "
    "expect them. The binding alone may stand here: `firewall: interface`.",
    default=f"{OF_THE_PLATFORM}; `bird` and `frr` forward by their routes and keep no sessions",
    source=OURS,
)
ALWAYS_COMPARE_MED = Field(
    key="always_compare_med",
    kind=boolean(),
    meaning="Compare MED between routes of different neighbour ASes, too.",
    default=PLATFORMS_OWN,
)
DETERMINISTIC_MED = Field(
    key="deterministic_med",
    kind=boolean(),
    meaning="Compare MED within each neighbour AS before anything is compared between them.",
    default=PLATFORMS_OWN,
)
MISSING_MED_AS_WORST = Field(
    key="missing_med_as_worst",
    kind=boolean(),
    meaning="A route without MED counts as one with the highest, instead of the lowest.",
    default=PLATFORMS_OWN,
)
COMPARE_ROUTER_ID = Field(
    key="compare_router_id",
    kind=boolean(),
    meaning="Of routes that are equal so far take the one of the lowest router id, instead of the "
    "oldest.",
    default=PLATFORMS_OWN,
)
MAXIMUM_PATHS = Field(
    key="maximum_paths",
    kind=integer(*limits.MAXIMUM_PATHS),
    meaning="How many equal routes are used together, of eBGP and of iBGP.",
    default=PLATFORMS_OWN,
)
BEST_PATH = Field(
    key="best_path",
    kind=Record(
        ALWAYS_COMPARE_MED,
        DETERMINISTIC_MED,
        MISSING_MED_AS_WORST,
        COMPARE_ROUTER_ID,
        MAXIMUM_PATHS,
    ),
    meaning="What the device's configuration changes of its platform's choice of routes.",
    default="nothing",
)
REQUIRES_POLICY = Field(
    key="requires_policy",
    kind=boolean(),
    meaning="Whether the device accepts nothing over eBGP without an `import` policy, and announces "
    "nothing without an `export` one (RFC 8212). FRR does unless its configuration has "
    "`no bgp ebgp-requires-policy`, or the profile `datacenter`. A list of one term, "
    "`{then: accept}`, is a policy that lets everything pass, and so are those of `mode: pinned`.",
    default="true for `frr`, else false; a `bird` has the filters that samepath writes",
)
AGGREGATES = Field(
    key="aggregates",
    kind=ListOf(item=network(1, 31)),
    meaning="Prefixes that it announces beside its sites' networks, whether or not it has a way "
    "there: aggregates, and redistributed static routes. Their ORIGIN is incomplete; a tunnel's "
    "export policy may keep them back. One that lies in a network of its site leads there, and its "
    "hosts are judged by themselves: the longer prefix draws their packets.",
    default="none",
)
CLUSTER_STATE_SYNC = Field(
    key="state_sync",
    kind=boolean(),
    meaning="Whether the one that takes over knows the sessions of the other one's firewall "
    "(conntrackd), so that those that are open go on.",
    default="false",
    json_default=False,
    source=OURS,
)
CLUSTER = Field(
    key="cluster",
    kind=Record(CLUSTER_STATE_SYNC),
    meaning="The device is two machines that look like one, `member1` and `member2`. The first is "
    "active. When it dies, the second takes over the outside address, the device's addresses on its "
    "LANs, and the tunnels: it negotiates IKE and BGP anew. The first stands by when it is back.",
    default="it is one machine",
)
CUSTOMER_GATEWAY = Record(
    CUSTOMER_ADDRESS,
    CUSTOMER_ASN,
    PLATFORM,
    IPSEC,
    FIREWALL,
    BEST_PATH,
    REQUIRES_POLICY,
    AGGREGATES,
    CLUSTER,
)

NETWORKS = Field(
    key="networks",
    kind=ListOf(item=network(1, 31), minimum=1),
    meaning="The prefixes behind the customer gateways.",
    required=True,
)
SITE_CUSTOMER_GATEWAYS = Field(
    key="customer_gateways",
    kind=ListOf(item=NAME, minimum=1),
    meaning="The customer gateways that these prefixes stand behind.",
    default="the only customer gateway",
    source=OURS,
)
SITE_HOSTS = Field(
    key="hosts",
    kind=HOSTS_KIND,
    meaning="Machines of the lab by name, each in one of the networks. "
    "The first addresses of every network are those of the customer gateways, in their order; with "
    "`vrrp` the next one is that of its master.",
    default="one host `SITE-host` (after the site's name) at the 10th address of the first network, "
    "the last of a smaller one, or the next after ten and more routers",
    source=OURS,
)
FIRST_HOP = Field(
    key="first_hop",
    kind=NAME,
    meaning="The customer gateway that the hosts send to, or `vrrp`: the one that holds their "
    "router's address.",
    default="`vrrp` where there is a key `vrrp`, else the first customer gateway",
    source=OURS,
)
VRRP_PRIORITIES = Field(
    key="priorities",
    kind=MapOf(name=NAME, value=integer(*limits.VRRP_PRIORITY)),
    meaning="Priorities by customer gateway, no two alike: of those that can, the one with the "
    "highest is master.",
    default="200 for the first customer gateway, 10 less for each next one",
    source=OURS,
)
VRRP_PREEMPT = Field(
    key="preempt",
    kind=boolean(),
    meaning="Whether a customer gateway that is back takes the address from one of lower priority.",
    default="true",
    json_default=True,
    source="RFC 9568: Preempt_Mode",
)
VRRP_TRACKS = Field(
    key="tracks",
    kind=choice(Tracking),
    meaning="What a customer gateway looks at, beside its LAN. "
    "`tunnels`: it gives the address up while none of its tunnels has a route.",
    default="nothing",
    json_default="nothing",
    source="VRRP looks at its LAN only",
)
VRRP = Field(
    key="vrrp",
    kind=Record(VRRP_PRIORITIES, VRRP_PREEMPT, VRRP_TRACKS),
    meaning="VRRP between the customer gateways (RFC 9568).",
    default="none, or all by default with `first_hop: vrrp`",
    source=OURS,
)
IBGP = Field(
    key="ibgp",
    kind=boolean(),
    meaning="Whether the customer gateways speak iBGP with each other, each with itself as next "
    "hop, so that one without a tunnel sends over another.",
    default="false",
    json_default=False,
    source=OURS,
)
KEEPS_NEXT_HOP = Field(
    key="keeps_next_hop",
    kind=ListOf(item=NAME, minimum=1),
    meaning="Those of the customer gateways that leave the next hop of what they heard in a tunnel as "
    "it is when they tell it by iBGP (no `next-hop-self`): the others have no route to it.",
    default="none",
    source="RFC 4271, 5.1.3 and 9.1.2",
)
STATE_SYNC = Field(
    key="state_sync",
    kind=boolean(),
    meaning="Whether their firewalls share what they know of sessions (a cluster, conntrackd), so "
    "that they are one device.",
    default="false",
    json_default=False,
    source=OURS,
)
SITE = Record(
    NETWORKS, SITE_CUSTOMER_GATEWAYS, SITE_HOSTS, FIRST_HOP, VRRP, IBGP, KEEPS_NEXT_HOP, STATE_SYNC
)

# -- connection

BFD_INTERVAL = Field(
    key="interval",
    kind=duration(*limits.BFD_INTERVAL, step=MILLISECOND),
    meaning="Time between BFD packets, both ways.",
    default="50ms",
    json_default="50ms",
    source=OURS,
)
BFD_MULTIPLIER = Field(
    key="multiplier",
    kind=integer(*limits.BFD_MULTIPLIER),
    meaning="How many missing packets mean that the path is down.",
    default="3",
    json_default=3,
    source=OURS,
)
TIMERS = Field(
    key="timers",
    kind=spelled({"samepath": "samepath", "aws": "aws"}),
    meaning="A set of timers that the other keys start from. "
    "`aws`: hold 30s, keepalive 10s, no BFD.",
    default="samepath",
    json_default="samepath",
    source=OURS,
)
HOLD = Field(
    key="hold",
    kind=duration(*limits.BGP_HOLD, step=SECOND),
    meaning="The hold time that both ends offer.",
    default="9s (`timers: aws`: 30s)",
    source=OURS,
)
KEEPALIVE = Field(
    key="keepalive",
    kind=duration(*limits.BGP_KEEPALIVE, step=SECOND),
    meaning="Time between keepalives; a third of the hold time at most.",
    default="a third of the hold time, at least 1s",
    source="RFC 4271, 10",
)
BFD: Field[Values | Off] = Field(
    key="bfd",
    kind=Switch(Record(BFD_INTERVAL, BFD_MULTIPLIER)),
    meaning="BFD inside the tunnel (RFC 5880); `false` switches it off. "
    "AWS offers none; a peer without BFD is unharmed by it.",
    default="on (`timers: aws`: off)",
    source=OURS,
)
BGP = Field(key="bgp", kind=Record(TIMERS, HOLD, KEEPALIVE, BFD), meaning="BGP's timers, and BFD.")
CONNECTION_GATEWAY = Field(
    key="gateway",
    kind=NAME,
    meaning="The gateway.",
    default="the only gateway",
    source=OURS,
)
CONNECTION_CUSTOMER = Field(
    key="customer_gateway",
    kind=NAME,
    meaning="The customer gateway.",
    default="the only customer gateway",
    source=OURS,
)
ROUTING = Field(
    key="routing",
    kind=choice(Routing),
    meaning="How the ends learn each other's prefixes.",
    default="bgp",
    json_default="bgp",
    source="AWS: StaticRoutesOnly is false",
)
MODE = Field(
    key="mode",
    kind=choice(Mode),
    meaning="How the customer's end chooses a tunnel. `follow`: it honours the MED that the "
    "gateway sends, and announces its networks with the lower MED on the tunnel that it chooses, "
    "so that the gateway can steer both directions; only `platform: bird` does. `plain`: nothing but "
    "the policies below. `pinned`: local preference and prepending fix the active tunnel, against "
    "the gateway's steering.",
    default="`follow` with `platform: bird`, else `plain`",
    source=OURS,
)
ACTIVE = Field(
    key="active",
    kind=integer(1, limits.TUNNELS),
    meaning="The tunnel that carries traffic, in both directions, while it is usable. A transit "
    "gateway favours none: there it is what `mode: pinned` fixes.",
    default="1",
    json_default=1,
    source="AWS chooses one and does not say which",
)
GATEWAY_PREFERS = Field(
    key="gateway_prefers",
    kind=choice(GatewayPrefers),
    meaning="Which tunnel a virtual private gateway prefers by itself, and announces its lower MED "
    "on. `active`: the active one, as samepath's own gateway does. `unknown`: nobody says, as of "
    "AWS's; `samepath check` then tries both, and a BGP table of the device (`--observed`) decides. "
    "A lab builds `unknown` as `active`.",
    default="active",
    source="AWS chooses one and does not say which",
)
PREEMPTION = Field(
    key="preemption",
    kind=choice(Preemption),
    meaning="Whether traffic returns by itself (`auto`) when the active tunnel is usable again, "
    "or when somebody says so (`manual`).",
    default="auto",
    json_default="auto",
    source="AWS returns by itself, as observed",
)
PROBE_INSIDE = Field(
    key="probe_inside",
    kind=boolean(),
    meaning="Static routing only: the route also goes when the far inside address does not "
    "answer, which finds a tunnel whose IKE lives and whose ESP is dead.",
    default="false",
    json_default=False,
    source=OURS,
)
TUNNEL_DEFAULTS = Field(
    key="tunnel_defaults",
    kind=TUNNEL_DEFAULTS_RECORD,
    meaning="What both tunnels share: any key of a tunnel but `outside` and `inside`. "
    "A tunnel's own keys go first, key by key.",
    default="nothing",
)
TUNNELS = Field(
    key="tunnels",
    kind=ListOf(item=TUNNEL, minimum=limits.TUNNELS, maximum=limits.TUNNELS),
    meaning="Tunnel 1 and tunnel 2, in this order.",
    default="two, all by default",
    source="AWS: every connection has two",
)
CONNECTION = Record(
    CONNECTION_GATEWAY,
    CONNECTION_CUSTOMER,
    ROUTING,
    MODE,
    ACTIVE,
    GATEWAY_PREFERS,
    PREEMPTION,
    PROBE_INSIDE,
    BGP,
    TUNNEL_DEFAULTS,
    TUNNELS,
)

# -- the file

VERSION = Field(
    key="samepath",
    kind=_version(),
    meaning="The version of the file's form.",
    required=True,
)
FILE_NAME = Field(
    key="name",
    kind=vpn_name(),
    meaning="The VPN's name; a lab is known by it.",
    default="vpn",
    json_default="vpn",
    source=OURS,
)
VPCS = Field(
    key="vpcs",
    kind=MapOf(name=NAME, value=VPC, minimum=1),
    meaning="VPCs by name.",
    required=True,
)
GATEWAYS = Field(
    key="gateways",
    kind=MapOf(name=NAME, value=GATEWAY, minimum=1),
    meaning="Gateways by name.",
    default="one gateway `vgw` on the only VPC",
    source=OURS,
)
CUSTOMER_GATEWAYS = Field(
    key="customer_gateways",
    kind=MapOf(name=NAME, value=CUSTOMER_GATEWAY, minimum=1),
    meaning="Customer gateways (the devices at the other end) by name.",
    required=True,
)
SITES = Field(
    key="sites",
    kind=MapOf(name=NAME, value=SITE, minimum=1),
    meaning="Site networks by name: what stands behind the customer gateways.",
    required=True,
)
CONNECTIONS = Field(
    key="connections",
    kind=MapOf(name=NAME, value=CONNECTION, minimum=1),
    meaning="VPN connections by name.",
    required=True,
)
FILE = Record(VERSION, FILE_NAME, VPCS, GATEWAYS, CUSTOMER_GATEWAYS, SITES, CONNECTIONS)
