"""Asking a far address by ping, and telling silence from a question that could not be put."""

from __future__ import annotations

import re
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass

from samepath.control.diagnosis import Pings
from samepath.drivers.programs import environment, find

TRIES = 3
"""Pings of which one must be answered where nothing is said of loss."""
MANY = 200
"""Pings by which loss is told: at 2 % each way a run without any comes once in 3000."""
EVERY, SOON = 0.2, 0.0025
"""Seconds between two pings: of a few, and of many."""
WITHIN = 1
"""Seconds for the answer to a ping; the path is on this machine."""
NO_WAY = ("Network is unreachable", "No route to host")
"""What ping says where the kernel knows no way to the far address: nothing answers there either."""
_ANSWERED, _SILENT = 0, 1
"""ping's exit statuses; any other means that it could not ask (ping(8))."""


class CannotPing(RuntimeError):
    """ping is not installed, or could not ask; the text says why."""


def require_ping() -> None:
    """Raises :class:`CannotPing` where ping is not installed."""
    if find("ping") is None:
        raise CannotPing(
            "ping is not installed: apt-get install --no-install-recommends iputils-ping"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Pings of one address from one namespace: a few, or many."""

    namespace: str
    arguments: tuple[str, ...]
    """ping's own, the far address last."""
    count: int = TRIES
    interval: float = EVERY

    @property
    def command(self) -> list[str]:
        """What asks it."""
        how = ("-c", str(self.count), "-i", f"{self.interval:g}", "-W", str(WITHIN))
        net = f"--net=/run/netns/{self.namespace}"
        return ["nsenter", net, "ping", "-n", *how, *self.arguments]


def few(namespace: str, *arguments: str) -> Question:
    """A few pings, of which one must be answered: a lossy path is not a dead one."""
    return Question(namespace=namespace, arguments=arguments)


def many(namespace: str, *arguments: str) -> Question:
    """Many pings within half a second, by which loss is told."""
    return Question(namespace=namespace, arguments=arguments, count=MANY, interval=SOON)


def answers(namespace: str, *arguments: str) -> bool:
    """Whether one of a few pings is answered. Raises as :func:`ask` does."""
    (heard,) = ask(few(namespace, *arguments))
    return heard.answered > 0


def ask(*questions: Question) -> tuple[Pings, ...]:
    """How many pings of each question are answered; all are asked at the same time.

    Only so can they be compared: a path that comes and goes is another one half a second later.
    Raises :class:`CannotPing`, since what was not asked says nothing of the path.
    """
    require_ping()
    with ExitStack() as stack:
        asked = [(question, _begin(question, stack)) for question in questions]
        return tuple(_heard(question, process) for question, process in asked)


def _begin(question: Question, stack: ExitStack) -> subprocess.Popen[str]:
    process = stack.enter_context(
        subprocess.Popen(
            question.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment(), "LC_ALL": "C"},
        )
    )
    stack.callback(process.kill)  # Nobody waits for the others where one could not ask.
    return process


def _heard(question: Question, process: subprocess.Popen[str]) -> Pings:
    said, complaints = process.communicate()
    verdict = judge(process.returncode, complaints)
    if verdict is None:
        why = complaints.strip().splitlines()
        raise CannotPing(
            f"cannot ping {question.arguments[-1]} from {question.namespace}: "
            f"{why[-1] if why else f'exit status {process.returncode}'}"
        )
    if not verdict:
        return Pings(sent=question.count, answered=0)
    return Pings(
        sent=question.count, answered=received(said), at_an_end=at_an_end(said, question.count)
    )


def received(words: str) -> int:
    """The number of answers in ping's last words; it counts a duplicate apart."""
    found = re.search(r"(\d+) received", words)
    return int(found[1]) if found else 0


def at_an_end(words: str, count: int) -> int:
    """How many of ``count`` pings had no answer before the first that had one, or after the last."""
    answered = [int(number) for number in re.findall(r" icmp_seq=(\d+) ttl=", words)]
    return min(answered) - 1 + count - max(answered) if answered else 0


def judge(status: int, words: str) -> bool | None:
    """Whether it was answered, by exit status and stderr; None: it could not be asked."""
    if words.startswith("nsenter: "):
        return None
    if status in {_ANSWERED, _SILENT}:
        return status == _ANSWERED
    return False if any(reason in words for reason in NO_WAY) else None
