"""Ports to listen on."""

import socket

from hub.failures import port_taken


def listen_on(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any that is free.

    Raises:
        Failure: the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise port_taken(host, port) from error


def free_port(host: str, port: int) -> int:
    """The port itself when it is free, one that is when 0 was asked for.

    Raises:
        Failure: the port is taken.
    """
    with listen_on(host, port) as probe:
        return int(probe.getsockname()[1])


def address(host: str, port: int) -> str:
    """URL under which this machine reaches what listens there."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - read, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
