"""What AWS says of its tunnels now: what is down, and what a failure would meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samepath.aws.understood import Understood, UnderstoodConnection, UnderstoodTunnel
from samepath.model.topology import Routing
from samepath.pairing.kinds import DOWN_NOW
from samepath.routing.findings import Finding, Severity


def present(understood: Understood) -> Iterator[Finding]:
    """Each tunnel that carries nothing by AWS's own telemetry, as it was when AWS was asked."""
    for connection in understood.connections:
        without = {
            one.number: told for one in connection.tunnels if (told := _ill(connection, one))
        }
        for number, told in without.items():
            living = [
                one.number
                for one in connection.tunnels
                if one.number not in without and one.status == "up"
            ]
            yield DOWN_NOW.at(
                f"{connection.name}/tunnel{number}",
                f"AWS says that this tunnel {told}{_then(understood, living)}",
                "find out why, and take it up before anything else fails or is changed",
            )


def with_present(understood: Understood, told: Iterable[Finding]) -> tuple[Finding, ...]:
    """What was found, in its order, and after its errors what is down now."""
    findings = tuple(told)
    errors = tuple(one for one in findings if one.severity is Severity.ERROR)
    others = tuple(one for one in findings if one.severity is not Severity.ERROR)
    return (*errors, *present(understood), *others)


def _ill(connection: UnderstoodConnection, tunnel: UnderstoodTunnel) -> str:
    """Why a tunnel carries nothing now; empty: it does, or nobody says."""
    if tunnel.status == "down":
        message = f" ({tunnel.message})" if tunnel.message else ""
        return f"is DOWN{message}" + (f" since {tunnel.since}" if tunnel.since else "")
    if tunnel.status == "up" and tunnel.accepted == 0 and connection.routing is Routing.BGP:
        return "is UP, and that it has no route by it"
    return ""


def _then(understood: Understood, living: list[int]) -> str:
    if not living:
        return ", and names no tunnel of this connection that carries anything"
    others = len(understood.connections) > 1
    lost = "leaves this connection without any" if others else "loses packets"
    return f": until it is up, a failure of tunnel {living[0]} {lost}"
