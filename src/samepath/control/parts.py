"""Objects that every compiled piece is made of, so that each piece reads as a list of parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.linux.marks import digest
from samepath.linux.objects import (
    Address,
    BirdConfig,
    ConfigFile,
    Daemon,
    DaemonKind,
    End,
    Object,
    Route,
    Sysctl,
    veth,
)

ANY = IPv4Network("0.0.0.0/0")


def forwarding(namespace: str) -> Sysctl:
    """Make a namespace a router."""
    return Sysctl(namespace=namespace, name="net.ipv4.ip_forward", value="1")


def without_redirects(namespace: str) -> Iterator[Sysctl]:
    """Let a router forward what goes on in the LAN that it came from, and tell nobody a shorter way.

    A host that believed it (RFC 792) would send to the other router even when that is no more.
    An interface takes what is there for ``default`` when it is made.
    """
    for which in ("all", "default"):
        yield Sysctl(namespace=namespace, name=f"net.ipv4.conf.{which}.send_redirects", value="0")


def without_df(namespace: str) -> Sysctl:
    """Send from a namespace without the DF bit, so that the path fragments what is too large.

    Sockets take it over when they are opened. An outer packet with DF on a path that is smaller
    than it looks, and that tells nobody so, would vanish, and with it every full-size packet of
    the tunnel.
    """
    return Sysctl(namespace=namespace, name="net.ipv4.ip_no_pmtu_disc", value="1")


def wire(a: End, a_address: IPv4Interface, b: End, b_address: IPv4Interface) -> Iterator[Object]:
    """A veth pair with an address on each end."""
    yield veth(a, b)
    yield Address(namespace=a.namespace, device=a.name, interface=a_address)
    yield Address(namespace=b.namespace, device=b.name, interface=b_address)


def default_route(namespace: str, device: str, via: IPv4Address) -> Route:
    """The default route of a namespace with one way out."""
    return Route(namespace=namespace, destination=ANY, device=device, via=via, onlink=True)


def _restart_on(argv: Iterable[str], environment: Iterable[tuple[str, str]], text: str) -> str:
    """A digest of how a daemon is called and of what it reads once only."""
    return digest(repr((*argv, *environment, text)))


def bird(name: str, namespace: str, text: str) -> Iterator[Object]:
    """A BIRD with its configuration; a change of the text is taken without a restart."""
    path = f"etc/{name}.conf"
    control = f"run/{name}.ctl"
    argv = ("bird", "-f", "-R", "-c", f"{{world}}/{path}", "-s", f"{{world}}/{control}")
    yield ConfigFile(path=path, text=text)
    yield Daemon(
        name=name,
        kind=DaemonKind.BIRD,
        namespace=namespace,
        argv=argv,
        socket=control,
        config=path,
        restart_on=_restart_on(argv, (), ""),
    )
    yield BirdConfig(daemon=name, digest=digest(text))


def _by_itself(
    name: str, namespace: str, argv: tuple[str, ...], config: ConfigFile | None = None
) -> Daemon:
    """A daemon that needs nobody to start it again; a change of what it reads restarts it."""
    return Daemon(
        name=name,
        kind=DaemonKind.PLAIN,
        namespace=namespace,
        argv=argv,
        config=None if config is None else config.path,
        restart_on=_restart_on(argv, (), "" if config is None else config.text),
        again=True,
    )


def keepalived(name: str, namespace: str, text: str, notify: str) -> Iterator[Object]:
    """A keepalived with its configuration and the script ``notify``; a change restarts it.

    It only does VRRP. Its files lie in the world's directory, it logs to its own log, and speaks
    neither D-Bus nor SNMP. It needs nobody to start again.
    """
    config = ConfigFile(path=f"etc/{name}.conf", text=text)
    argv = (
        *("keepalived", "--vrrp", "--dont-fork", "--log-console", "--log-detail", "--no-syslog"),
        *("--use-file", f"{{world}}/{config.path}"),
        *("--pid", f"{{world}}/run/{name}.pid", "--vrrp_pid", f"{{world}}/run/{name}-vrrp.pid"),
    )
    yield config
    yield ConfigFile(path=f"etc/{name}.sh", text=notify)
    yield _by_itself(name, namespace, argv, config)


def conntrackd(name: str, namespace: str, text: str) -> Iterator[Object]:
    """A conntrackd with its configuration; a change restarts it.

    It refuses to start over the lock file of one that was killed.
    """
    config = ConfigFile(path=f"etc/{name}.conf", text=text)
    start = 'rm -f "$1"; exec conntrackd -C "$2"'
    argv = ("/bin/sh", "-c", start, "sh", f"{{world}}/run/{name}.lock", f"{{world}}/{config.path}")
    yield config
    yield _by_itself(name, namespace, argv, config)


def starter(
    name: str,
    namespace: str,
    address: IPv4Address,
    bird: str,
    tunnels: Iterable[tuple[str, str, str]],
) -> Daemon:
    """What starts a cluster's tunnels where ``address`` is, and stops them where it is not.

    ``tunnels`` are told by their charon, by their name in it, and by their protocol in the BIRD.
    """
    argv = (
        *("{python}", "-m", "samepath.node.tunnel_starter"),
        *(str(address), f"{{world}}/run/{bird}.ctl"),
        *(
            word
            for charon, ike, protocol in tunnels
            for word in (f"{{world}}/run/{charon}.vici", ike, protocol)
        ),
    )
    return _by_itself(name, namespace, argv)


def tracker(name: str, namespace: str, file: str, asked: Iterable[tuple[str, str, str]]) -> Daemon:
    """What writes to ``file`` (in the world's directory) whether a tunnel has a route.

    ``asked`` are the daemons that know: what each is, its socket (in the world's directory), and the
    names by which it knows the tunnels, with commas between them.
    """
    argv = (
        *("{python}", "-m", "samepath.node.tunnel_tracker", f"{{world}}/{file}"),
        *(
            word
            for program, socket, names in asked
            for word in (program, f"{{world}}/{socket}", names)
        ),
    )
    return _by_itself(name, namespace, argv)


def charon(name: str, namespace: str, text: str) -> Iterator[Object]:
    """A charon with its ``strongswan.conf``, which it reads once: a change restarts it.

    ESP in user space is threads that hand packets to one another. The scheduler's *batch* policy
    (``sched(7)``) lets each finish what it has before the next one takes its place: half as much
    again through a tunnel (``docs/lab-notes/0004-scheduling.md``).
    """
    path = f"etc/{name}.conf"
    argv = ("chrt", "--batch", "0", "charon-systemd")
    environment = (("STRONGSWAN_CONF", f"{{world}}/{path}"),)
    yield ConfigFile(path=path, text=text)
    yield Daemon(
        name=name,
        kind=DaemonKind.CHARON,
        namespace=namespace,
        argv=argv,
        environment=environment,
        socket=f"run/{name}.vici",
        config=path,
        restart_on=_restart_on(argv, environment, text),
    )
