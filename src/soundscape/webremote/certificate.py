"""The certificate for the network. The machine makes and signs it once, and keeps it with its key
in the home, readable by the owner alone. No authority knows it: a person compares the fingerprint.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from soundscape.home import Home, write_private

GOOD_FOR = timedelta(days=800)
"""Life of a certificate. Browsers accept little more than two years."""

RENEWED = timedelta(days=30)
"""How long before its end a certificate is replaced."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The paths of a certificate and its key, and its SHA-256 as browsers show it."""

    path: Path
    key: Path
    fingerprint: str


def certificate(home: Home, names: Sequence[str]) -> Certificate:
    """Return the home's certificate; make one if there is none that is valid.

    `names` are this machine's present addresses and names. Raises `OSError` if it cannot be saved.
    """
    folder = home.data / "remote"
    path, key = folder / "certificate.pem", folder / "key.pem"
    found = _read(path, key)
    if found is None:
        text, found = _make(names)
        write_private(key, text)
        write_private(path, found.public_bytes(serialization.Encoding.PEM).decode("ascii"))
    digest = found.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(path, key, digest)


def _read(path: Path, key: Path) -> x509.Certificate | None:
    """Read the certificate if it is valid and fits its key, else None."""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        return None
    now = datetime.now(UTC)
    good = found.not_valid_before_utc <= now <= found.not_valid_after_utc - RENEWED
    return found if good and private.public_key() == found.public_key() else None


def _make(names: Sequence[str]) -> tuple[str, x509.Certificate]:
    """Make a new key, as text, and a certificate that it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "soundscape")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # A phone's clock may be behind.
        .not_valid_after(now + GOOD_FOR - timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256())
    )
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return text.decode("ascii"), made


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
