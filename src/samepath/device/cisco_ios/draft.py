"""What a reader of IOS has read beside what its family has: crypto blocks, by kind and name."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from samepath.device.ios_family.draft import Draft, Setting
from samepath.device.reading.source import Line


class BlockKind(Enum):
    """The kinds of crypto blocks."""

    ISAKMP_POLICY = "isakmp policy"
    ISAKMP_PROFILE = "isakmp profile"
    KEYRING = "keyring"
    IKEV2_PROPOSAL = "ikev2 proposal"
    IKEV2_POLICY = "ikev2 policy"
    IKEV2_PROFILE = "ikev2 profile"
    IKEV2_KEYRING = "ikev2 keyring"
    IKEV2_PEER = "ikev2 peer"
    TRANSFORM_SET = "transform set"
    IPSEC_PROFILE = "ipsec profile"


@dataclass(kw_only=True, slots=True)
class Block:
    """A crypto block: what its lines say, each by a name, in their order."""

    name: str
    line: Line
    said: dict[str, list[Setting]] = field(default_factory=dict)
    within: str = ""
    """The block around it, of a peer in a keyring."""

    def put(self, name: str, value: object, line: Line) -> None:
        """Note what a line says."""
        self.said.setdefault(name, []).append(Setting(value=value, line=line))

    def last(self, name: str) -> Setting | None:
        """What counts where only one can."""
        found = self.said.get(name)
        return found[-1] if found else None

    def every(self, name: str) -> list[Setting]:
        """All that was said."""
        return self.said.get(name, [])


@dataclass(kw_only=True, slots=True)
class IosDraft(Draft):
    """What a reader of IOS has read so far."""

    blocks: dict[tuple[BlockKind, str], Block] = field(default_factory=dict)
    everywhere: Block | None = None
    """What ``crypto`` commands say that hold for all tunnels."""
    in_block: Block | None = None
    in_keyring: str = ""

    @property
    def block(self) -> Block:
        """The crypto block that the reader is in."""
        assert self.in_block is not None  # noqa: S101 - its mode says so
        return self.in_block

    def common(self, line: Line) -> Block:
        """What holds for all tunnels."""
        if self.everywhere is None:
            self.everywhere = Block(name="", line=line)
        return self.everywhere

    def of_kind(self, kind: BlockKind) -> list[Block]:
        """The blocks of a kind, in the order of the file."""
        return [block for (one, _), block in self.blocks.items() if one is kind]
