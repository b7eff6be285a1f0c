"""BIRD control socket."""
from __future__ import annotations
import subprocess
from dataclasses import dataclass
from pathlib import Path
from samepath.drivers.errors import DaemonUnreachable, Refused

@dataclass(frozen=True, kw_only=True)
class ProtocolState:
    name: str; type: str; state: str; info: str; imported: int = 0; last_error: str = ""

class Bird:
    def __init__(self, path: Path) -> None:
        self.path = path
    def __enter__(self) -> "Bird": return self
    def __exit__(self, *_: object) -> None: return None
    def _ask(self, *words: str) -> str:
        done = subprocess.run(["birdc", "-s", str(self.path), *words], capture_output=True, text=True, check=False)
        if done.returncode: raise DaemonUnreachable(done.stderr)
        return done.stdout
    def reconfigure(self) -> None:
        out = self._ask("configure")
        if "econfigur" not in out: raise Refused(out)
    def protocols(self) -> tuple[ProtocolState, ...]:
        found = []
        for line in self._ask("show", "protocols").splitlines()[2:]:
            w = line.split(None, 5)
            found.append(ProtocolState(name=w[0], type=w[1], state=w[3], info=w[5].split()[0] if len(w) > 5 else ""))
        return tuple(found)
