"""The daemons of an FRR as objects: zebra, which has the kernel's routes, and those that it serves.

All that an FRR writes lies in a directory of its own below the world's ``run``: the sockets on which
it is asked, zebra's own, the process ids. Debian's FRR has its logs' buffers below ``/var/tmp/frr``,
no option moves them, and who is killed leaves them; so each daemon runs in a mount namespace in
which ``/var/tmp`` is that directory.

A daemon reads how to log from a file. The rest it is told over its socket, where a line that it does
not take is refused, and not passed over with a word in a log.

The others tell zebra their routes once, and look for a new one only after ten seconds. So they are
started anew with it, as FRR's own ``watchfrr`` does.
"""

from __future__ import annotations

from collections.abc import Iterator

from samepath.control.names import frr_daemon
from samepath.device.frr.customer import BASE, Texts
from samepath.linux.marks import digest
from samepath.linux.objects import ConfigFile, Daemon, DaemonKind, FrrConfig, Object

ZEBRA, BGPD, BFDD, STATICD = "zebra", "bgpd", "bfdd", "staticd"
_WITHIN = 'mount --bind "$0" /var/tmp && exec "$@"'


def socket_of(frr: str, program: str) -> str:
    """The socket on which a daemon of an FRR is asked, in the world's directory."""
    return f"run/{frr}/{program}.vty"


def frr(name: str, namespace: str, texts: Texts) -> Iterator[Object]:
    """The FRR called ``name``; a change of its texts is taken without a restart."""
    base = f"etc/{name}.conf"
    yield ConfigFile(path=base, text=BASE)
    yield _daemon(name, namespace, ZEBRA, base, None)
    for program, text in told(texts).items():
        config = f"etc/{frr_daemon(name, program)}.conf"
        yield ConfigFile(path=config, text=text)
        yield _daemon(name, namespace, program, base, config)
        yield FrrConfig(
            daemon=frr_daemon(name, program),
            socket=socket_of(name, program),
            config=config,
            digest=digest(text),
        )


def told(texts: Texts) -> dict[str, str]:
    """The programs that run beside zebra, each with its text."""
    every = {BFDD: texts.bfdd, STATICD: texts.staticd, BGPD: texts.bgpd}
    return {program: text for program, text in every.items() if text is not None}


def _daemon(name: str, namespace: str, program: str, base: str, config: str | None) -> Daemon:
    home = f"{{world}}/run/{name}"
    argv = (
        *("unshare", "--mount", "sh", "-c", _WITHIN, home),
        # As root, which owns the world's directory; the group is the one that FRR insists on.
        *(program, "-u", "root", "-g", "frrvty", "-P", "0"),
        *("-f", f"{{world}}/{base}", "-i", f"{home}/{program}.pid"),
        *("--vty_socket", home, "-z", f"{home}/zserv.api"),
        *(("--bfdctl", f"{home}/bfdd.sock") if program == BFDD else ()),
    )
    return Daemon(
        name=frr_daemon(name, program),
        kind=DaemonKind.ZEBRA if program == ZEBRA else DaemonKind.FRR,
        namespace=namespace,
        argv=argv,
        socket=socket_of(name, program),
        config=config,
        restart_on=digest(repr((argv, BASE))),
        after=None if program == ZEBRA else frr_daemon(name, ZEBRA),
    )
