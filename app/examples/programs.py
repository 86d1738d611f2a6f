"""Examples of what programs with keys of their own send and get; the key is that of RFC 7517's own example."""

from typing import Any

from app.examples import people

_KEY = {
    "kty": "EC",
    "kid": "ehr-2026",
    "use": "sig",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}
_SCOPES = ["system/*.rs", "system/Patient.crus", "system/Encounter.crus"]
_TOKEN_URL = "https://stance.clinic.example/oauth/token"
_METHODS = {
    "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    "token_endpoint_auth_signing_alg_values_supported": ["ES384", "RS384", "ES256", "PS384"],
    "grant_types_supported": ["client_credentials"],
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "PublicKey": _KEY,
    "PublicKeys": {"keys": [_KEY]},
    "KeySet": {
        "id": people.KEY_SET,
        "version": 1,
        "created_at": people.OPENED_AT,
        "service_account_id": people.PROGRAM,
        "jwks": {"keys": [_KEY]},
        "jwks_uri": None,
    },
    "KeySetWrite": {"jwks": {"keys": [_KEY]}},
    "ProgramToken": {
        "access_token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjAxYTIwMWY0In0.eyJpc3MiOiJodHRwczovL3N0…",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "system/Encounter.rs system/Patient.rs",
    },
    "OAuthRefusal": {
        "error": "invalid_client",
        "error_description": "exp must lie in the future, and no more than five minutes.",
    },
    "SmartConfiguration": {
        "token_endpoint": _TOKEN_URL,
        **_METHODS,
        "scopes_supported": _SCOPES,
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        "code_challenge_methods_supported": ["S256"],
    },
    "AuthorizationServer": {
        "issuer": "https://stance.clinic.example",
        "token_endpoint": _TOKEN_URL,
        "jwks_uri": "https://stance.clinic.example/oauth/jwks",
        **_METHODS,
        "response_types_supported": [],
        "scopes_supported": _SCOPES,
    },
    "SigningKeys": {"keys": [{**_KEY, "kid": "01a201f4-6b1d-7c44-9d0e-3f6a5c2b8e71", "alg": "ES256"}]},
}
