"""A keyed challenge: the port proves that it knows the session's token before it is shown it.

A control file can outlive its session, and another program may listen on its port by then.
"""

from __future__ import annotations

import hmac

PATH = "/proof/"
"""Asked with a nonce after it, and without the token."""

PROOF_MOST = 200
"""Bytes; an answer of ours is shorter."""


def proof(token: str, port: int, nonce: str) -> str:
    """What only a holder of the token can answer to a nonce, on this port: an HMAC, in hex."""
    return hmac.digest(token.encode(), f"soundscape {port} {nonce}".encode(), "sha256").hex()
