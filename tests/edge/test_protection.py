"""How the service may be offered: encrypted, or to this machine alone; and which settings it starts with."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from app.serving import PlainHttpRefused, check_protected
from app.settings import Settings
from tests.support.server import Server, environment_of, free_port, serving


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "stance.example", "127.0.0.1.example", ""])
def test_plain_http_is_offered_to_this_machine_alone(host: str):
    with pytest.raises(PlainHttpRefused, match="STANCE_BEHIND_TLS_PROXY"):
        check_protected(Settings(host=host))
    check_protected(Settings(host=host, behind_tls_proxy=True))
    check_protected(Settings(host=host, tls_certificate_file=Path("a"), tls_key_file=Path("b")))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_this_machine_may_use_plain_http(host: str):
    check_protected(Settings(host=host))


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_serving_plain_http_to_others_stops_with_a_plain_message(settings: Settings, tmp_path: Path):
    server = Server(["serve"], environment_of(settings) | {"STANCE_HOST": "0.0.0.0"}, tmp_path, free_port())
    assert server.process.wait(60) == 1
    assert "plain HTTP would show them the record" in server.log.read_text()
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_https_is_served_with_a_certificate(settings: Settings, tmp_path: Path):
    certificate, key = _certificate(tmp_path)
    environment = {"STANCE_TLS_CERTIFICATE_FILE": str(certificate), "STANCE_TLS_KEY_FILE": str(key)}
    server = Server(["serve"], environment_of(settings) | environment, tmp_path, free_port())
    try:
        trusted = ssl.create_default_context(cafile=str(certificate))
        async with httpx.AsyncClient(verify=trusted) as client:
            for _ in range(600):
                try:
                    answer = await client.get(f"{server.url.replace('http', 'https')}/healthz")
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.1)
        assert answer.status_code == 200
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
        assert "server" not in answer.headers
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_only_a_named_proxy_says_who_calls(settings: Settings, tmp_path: Path):
    for proxies, answers in (("", {401, 429}), ("127.0.0.1, 10.0.0.0/8", {401})):
        environment = {"STANCE_RATE_LIMIT_ADDRESS": "2", "STANCE_FORWARDED_ALLOW_IPS": proxies}
        with serving(settings, tmp_path, **environment) as server:
            async with httpx.AsyncClient() as client:
                statuses = {
                    (await client.get(f"{server.url}/v1/me", headers={"X-Forwarded-For": f"203.0.113.{n}"})).status_code
                    for n in range(4)
                }
        assert statuses == answers, proxies


def test_a_misspelt_setting_refuses_to_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STANCE_ALOWED_HOSTS", "notes.example")
    with pytest.raises(
        ValidationError, match="STANCE_ALOWED_HOSTS is not a setting; did you mean STANCE_ALLOWED_HOSTS"
    ):
        Settings()


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STANCE_ALLOWED_HOSTS", "notes.example, notes.internal,")
    monkeypatch.setenv("STANCE_CORS_ORIGINS", "https://a.example,http://localhost:5173")
    monkeypatch.setenv("STANCE_HOST", "::1")
    settings = Settings()
    assert settings.answered_hosts == {"notes.example", "notes.internal", "localhost", "127.0.0.1", "[::1]"}
    assert settings.cors_origins == ("https://a.example", "http://localhost:5173")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://*.example"),
        ("CORS_ORIGINS", "https://a.example/"),
        ("CORS_ORIGINS", "null"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "*.example"),
        ("ALLOWED_HOSTS", "https://a.example"),
        ("ALLOWED_HOSTS", "a.example:8000"),
        ("FORWARDED_ALLOW_IPS", "*"),
        ("FORWARDED_ALLOW_IPS", "proxy.example"),
        ("TLS_KEY_FILE", "key.pem"),
        ("RATE_LIMIT_CALLER", "0"),
        ("REQUEST_SECONDS", "0"),
    ],
)
def test_settings_that_would_open_the_door_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(f"STANCE_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
