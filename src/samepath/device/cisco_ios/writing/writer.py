"""Writing an IOS: its own words of what its family has in common.

Cisco's command reference for BGP has them (``route-map``, ``set as-path``, ``neighbor route-map``,
``clear ip bgp``: https://www.cisco.com/c/en/us/td/docs/ios-xml/ios/iproute_bgp/command/).
A member of a peer group takes no export policy of its own ("Invalid command for a peer-group
member": https://notes.networklessons.com/bgp-using-peer-groups-with-multiple-outbound-policies).
"""

from __future__ import annotations

from samepath.device.cisco_ios import reader
from samepath.device.cisco_ios.writing import site
from samepath.device.cisco_ios.writing.style import WORDS
from samepath.device.ios_family.writing import amending
from samepath.device.ios_family.writing.words import Family
from samepath.device.writing.patch import Edit, Patch

after = amending.typed
customer = site.customer


def amend(edit: Edit) -> Patch:
    """The fewest lines that make an edit. Raises ``NotWritable``.

    A second prepending, or a second set of communities, is not relied on to take the first one's
    place: that one is taken back first.
    """
    return amending.amend(edit, edit.sources, FAMILY)


FAMILY = Family(words=WORDS, read=reader.read, drafted=reader.drafted)
