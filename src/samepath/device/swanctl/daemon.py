"""``strongswan.conf`` for one charon of the user-space data plane.

Detection of a dead peer is not what ``dpd_timeout`` says (IKEv2 ignores it) but the retransmission
schedule of the probe that was sent after ``dpd_delay``. AWS's 40 s are a probe after 10 s and 30 s
of tries. The tries are three seconds apart, so that a healed path is noticed within three seconds
also by an end that is trying to start.
"""

from __future__ import annotations

from samepath.model.topology import Crypto, Dpd

PLUGINS = "openssl random nonce hmac kdf kernel-libipsec kernel-netlink socket-default vici"
"""Only what a pre-shared-key tunnel needs: every plugin that is not loaded cannot be attacked.

Of several plugins that offer an algorithm charon takes the first one named. OpenSSL's AES-GCM uses
the processor's own instructions; strongSwan's ``aes`` and ``gcm`` do not, and are some five times
slower for a whole tunnel."""

CHARON_TUN = "ipsec0"
"""How kernel-libipsec names its only TUN device."""

RETRANSMIT_SECONDS = 3
"""About how far apart two tries of a message are."""


def _trying(dpd: Dpd) -> float:
    """Seconds from a probe to the verdict."""
    return (dpd.timeout - dpd.delay).total_seconds()


def retransmissions(dpd: Dpd) -> int:
    """How many times a message is repeated, so that silence counts as death at ``dpd.timeout``."""
    return max(1, round(_trying(dpd) / RETRANSMIT_SECONDS) - 1)


def retransmit_timeout(dpd: Dpd) -> float:
    """Seconds between two tries. strongSwan gives up as long after the last one."""
    return _trying(dpd) / (retransmissions(dpd) + 1)


def _vici(name: str, directory: str) -> str:
    return f"unix://{directory}/run/{name}.vici"


def _start_scripts(name: str, directory: str, file: str) -> str:
    """What lets a charon load a ``swanctl.conf`` by itself, when it has started.

    A CHILD_SA is refused that is set up while the TUN device goes to another namespace, and nobody
    asks for it again. So charon waits for the bridge that takes the device's place.
    """
    return f"""
  # One after the other, as soon as charon runs.
  start-scripts {{
    device = "sh -c 'until ip link show up type bridge | grep -q {CHARON_TUN}; do sleep 0.05; done'"
    load = swanctl --load-all --noprompt --file {file} --uri {_vici(name, directory)}
  }}"""


_OF_SWANCTL = """\
# All that swanctl needs for a pre-shared key.
swanctl {
  load = openssl
}
"""


def strongswan_conf(
    name: str, directory: str, dpd: Dpd, crypto: Crypto, swanctl: str | None = None
) -> str:
    """The configuration of the charon called ``name`` in the world of ``directory``.

    ``swanctl`` is the file that it loads by itself, once, when it starts; None: somebody tells it
    over VICI. It logs no secrets: level 1 everywhere, and nothing of the IKE messages' contents.
    """
    scripts = "" if swanctl is None else _start_scripts(name, directory, swanctl)
    of_swanctl = "" if swanctl is None else _OF_SWANCTL
    return f"""\
# A charon of samepath's user-space data plane, one tunnel. Changes by hand are lost.
{of_swanctl}charon-systemd {{
  load = {PLUGINS}{scripts}
  # kernel-libipsec puts a default route into table 220 whatever is said here; behind the main
  # table it does no harm.
  install_routes = no
  routing_table_prio = 40000
  retransmit_timeout = {retransmit_timeout(dpd):g}
  retransmit_base = 1
  retransmit_tries = {retransmissions(dpd)}
  replay_window = {crypto.replay_window}
  # An address or link that comes or goes is not a reason to move a tunnel.
  process_route = no
  delete_rekeyed_delay = 5
  make_before_break = yes
  plugins {{
    vici {{
      socket = {_vici(name, directory)}
    }}
  }}
  # The log is the world's own; nothing of it goes to the machine's journal.
  journal {{
    default = -1
  }}
  filelog {{
    log {{
      path = stderr
      time_format = %Y-%m-%d %H:%M:%S
      time_add_ms = yes
      flush_line = yes
      default = 1
      enc = 0
      esp = 0
      net = 0
    }}
  }}
}}
"""
