"""Connections that are tried more than once."""

import socket
import time

ATTEMPTS = 2
PAUSE = 0.03


def connect(port):
    """A connection to a service on this machine, or None if it does not answer."""
    for _ in range(ATTEMPTS):
        try:
            return socket.create_connection(('127.0.0.1', port), timeout=0.2)
        except OSError:
            time.sleep(PAUSE)
    return None
