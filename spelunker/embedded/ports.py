"""Whether a port of this machine is free."""

import socket

from spelunker.embedded.errors import StackError


def require_free_port(port: int) -> None:
    """Raises StackError with a way out when somebody listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise StackError(
                f"Port {port} needs root. Choose one above 1023: make run PORT=8001"
            ) from error
        except (OSError, OverflowError) as error:
            raise StackError(
                f"Port {port} is in use by another program. Stop that one, or choose another "
                f"port: make run PORT={port + 1}"
            ) from error
