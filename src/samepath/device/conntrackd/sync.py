"""Sessions that two machines share, as conntrackd 1.4 takes them, and the commands of a takeover.

Each machine tells the other what its kernel's connection tracking knows of the sessions that it
forwards (``FTFW``: numbered messages that are sent again when one is lost). What it hears it keeps
beside its kernel, in its external cache. Who takes over commits that cache to its own kernel, as
conntrack-tools' ``primary-backup.sh`` does for keepalived.

Left out are the sessions of the machine itself: BGP, BFD, IKE and what goes over the link between
the two.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

PORT = 3780
"""conntrackd's own choice in its documentation."""
HASH_SIZE, MOST_SESSIONS = 8192, 65536
"""Buckets, and sessions, of each of its caches."""
SOCKET_BUFFER, LARGEST_SOCKET_BUFFER = 2 << 20, 8 << 20
"""Bytes that may wait of what the kernel tells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sync:
    """One machine's part. ``control`` and ``lock`` are absolute paths; ``own`` is left out."""

    device: str
    local: IPv4Address
    peer: IPv4Address
    own: tuple[IPv4Network, ...]
    control: str
    lock: str


def configuration(it: Sync) -> str:
    """The text of ``conntrackd.conf``."""
    ignored = "\n".join(f"      IPv4_address {network}" for network in it.own)
    return f"""\
# The sessions of a cluster's firewall. Written by samepath; changes by hand are lost.
Sync {{
  Mode FTFW {{
  }}
  UDP {{
    IPv4_address {it.local}
    IPv4_Destination_Address {it.peer}
    Port {PORT}
    Interface {it.device}
    Checksum on
  }}
}}
General {{
  HashSize {HASH_SIZE}
  HashLimit {MOST_SESSIONS}
  LockFile {it.lock}
  UNIX {{
    Path {it.control}
  }}
  NetlinkBufferSize {SOCKET_BUFFER}
  NetlinkBufferSizeMaxGrowth {LARGEST_SOCKET_BUFFER}
  Filter From Kernelspace {{
    Protocol Accept {{
      TCP
      UDP
      ICMP
    }}
    Address Ignore {{
{ignored}
    }}
  }}
}}
"""


def on_change(configuration: str) -> Iterable[str]:
    """Lines of a shell script that tell conntrackd of the state in ``$3``; the path is absolute.

    MASTER: commit what the other one has told, tell it all that is known here, and forget what it
    told. Else: let what the other one knows better go in a minute, and ask it for all that it knows.
    """
    tell = f"conntrackd -C {shlex.quote(configuration)}"
    yield 'case "$3" in'
    yield f"MASTER) {tell} -c; {tell} -R; {tell} -B; {tell} -f external ;;"
    yield f"BACKUP) {tell} -t; {tell} -n ;;"
    yield f"FAULT) {tell} -t ;;"
    yield "esac"
