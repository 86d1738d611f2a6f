"""Which network addresses belong to the public internet. Pure.

Python's `is_global` follows IANA's registries, and with them says yes to addresses that lead elsewhere than they look
(6to4, relays, translations) and to some that lead nowhere. What is not plainly a public host's address is refused.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_PUBLIC_IPV6 = ip_network("2000::/3")
"""All that has been given out of IPv6: NAT64, site-local, unique local, multicast and the like lie outside."""
_NOT_A_HOST = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # protocol assignments
            "192.88.99.0/24",  # relays of 6to4, anycast
            "168.63.129.16/32",  # a cloud's own platform, at a public address
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address of any kind inside
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: str) -> bool:
    """Say whether an address is one of the public internet; an IPv4 address inside an IPv6 one is what counts."""
    ip = _unwrapped(address)
    if any(ip in network for network in _NOT_A_HOST):
        return False
    if isinstance(ip, IPv6Address) and ip not in _PUBLIC_IPV6:
        return False
    return ip.is_global and not ip.is_multicast


def is_a_neighbour(address: str) -> bool:
    """Say whether an address can be a host of one's own network: private or loopback, and nothing with a trick to it.

    Link-local addresses are none: clouds tell the secrets of a machine there, to whoever asks from it.
    """
    ip = _unwrapped(address)
    if ip.is_loopback:
        return True
    is_special = ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved
    return is_public(address) or (ip.is_private and not is_special)


def _unwrapped(address: str) -> IPv4Address | IPv6Address:
    ip = ip_address(address)
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip
