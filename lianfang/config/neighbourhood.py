"""The network this machine is in, as a phone beside it sees it."""

from __future__ import annotations

import ipaddress
import socket

# An address of documentation (RFC 5737): the kernel says by which way it would go there, nothing is sent.
_FAR = ("192.0.2.1", 9)


def own_address() -> str | None:
    """This machine's address in a private network, or None: there is none, or it is a public one, in which a
    demonstration has no business."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_FAR)
            found = ipaddress.ip_address(probe.getsockname()[0])
        except OSError:
            return None
    return str(found) if found.is_private and not found.is_loopback and not found.is_unspecified else None
