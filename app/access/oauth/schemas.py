"""How the protocol of programs is said on the wire: their public keys, the words of RFC 6749, what discovery tells."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from app.access.oauth.domain import MOST_KEYS, OAuthError
from app.core.schemas import ApiModel, Out, Resource

_PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_Encoded = Annotated[str, Field(min_length=1, max_length=700, pattern=r"^[A-Za-z0-9_-]+$")]
_Address = Annotated[str, Field(max_length=500, json_schema_extra={"format": "uri"})]
_Word = Annotated[str, Field(max_length=100)]
_Words = Annotated[list[_Word], Field(max_length=40)]


class PublicKey(ApiModel):
    """A public key (RFC 7517): EC on P-256 or P-384, or RSA of 2048 to 4096 bits. Other members are left out."""

    model_config = ConfigDict(extra="ignore")

    kty: Annotated[str, Field(pattern="^(EC|RSA)$", max_length=3)]
    """`EC` or `RSA`."""
    kid: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
    """The name of the key within its set; assertions name it in their header."""
    use: Annotated[str, Field(pattern="^sig$", max_length=3)] | MISSING = MISSING
    """`sig`, where it is there."""
    alg: Annotated[str, Field(max_length=10, pattern="^(ES384|RS384|ES256|PS384)$")] | MISSING = MISSING
    """The one algorithm it is for, where it is there."""
    crv: Annotated[str, Field(max_length=5, pattern="^P-(256|384)$")] | MISSING = MISSING
    """The curve of an EC key."""
    x: _Encoded | MISSING = MISSING
    """The first coordinate of an EC key."""
    y: _Encoded | MISSING = MISSING
    """The second coordinate of an EC key."""
    n: _Encoded | MISSING = MISSING
    """The modulus of an RSA key."""
    e: _Encoded | MISSING = MISSING
    """The exponent of an RSA key."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_private(cls, key: Any) -> Any:
        if isinstance(key, dict) and not key.keys().isdisjoint(_PRIVATE_MEMBERS):
            raise PydanticCustomError(
                "private_key",
                "This is a private or secret key. Nothing was stored; it has now travelled, so make another one and "
                "send its public half only.",
            )
        return key


class PublicKeys(ApiModel):
    """A set of public keys (RFC 7517). Other members are left out."""

    model_config = ConfigDict(extra="ignore")

    keys: Annotated[list[PublicKey], Field(max_length=MOST_KEYS)]
    """The keys, each with a `kid` of its own."""


class KeySetWrite(ApiModel):
    """How a program proves who it is: its public keys themselves, or the address it publishes them at."""

    jwks: PublicKeys | MISSING = MISSING
    """All its keys. An empty list takes the access away that its keys gave it, with every token it holds."""
    jwks_uri: _Address | MISSING = MISSING
    """Where the program publishes its keys, as a JSON Web Key Set over HTTPS at a public address; then it changes them
    by itself. They are fetched when they are needed, and kept for ten minutes."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.jwks is MISSING) is (self.jwks_uri is MISSING):
            raise PydanticCustomError("one_of_both", "Send either jwks or jwks_uri.")
        return self


class KeySet(Resource):
    """The public keys with which a program proves who it is."""

    service_account_id: UUID
    """The service account."""
    jwks: PublicKeys | None
    """Its keys; none after the account was closed, null when it publishes them itself."""
    jwks_uri: _Address | None
    """Where it publishes them, null when they were given."""


class TokenRequest(ApiModel):
    """What a program sends for a token, as a form (RFC 6749, 4.4 and RFC 7523, 2.2). Other fields are left alone."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "grant_type": "client_credentials",
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    "client_assertion": "eyJhbGciOiJFUzM4NCIsImtpZCI6ImVoci0yMDI2Iiwi…",
                    "scope": "system/Patient.rs system/Encounter.rs",
                }
            ]
        },
    )

    grant_type: Annotated[str, Field(max_length=100)]
    """`client_credentials`."""
    client_assertion_type: Annotated[str, Field(max_length=100)]
    """`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`."""
    client_assertion: Annotated[SecretStr, Field(max_length=8_000)]
    """A JWT the program signed: `iss` and `sub` its id, `aud` the address of this operation, `exp` within five minutes,
    a `jti` never used before; in its header `alg`, `kid` and `typ` (`JWT`)."""
    scope: Annotated[str, Field(max_length=2_000)]
    """What the token shall be good for, separated by spaces: `system/Patient.rs system/Encounter.rs`."""
    client_id: Annotated[str, Field(max_length=100)] | MISSING = MISSING
    """The program's id; not needed, since the assertion says it."""


class ProgramToken(Out):
    """An access token of a program; send it as `Authorization: Bearer …`."""

    access_token: Annotated[str, Field(max_length=4_000)]
    """The token, a JWT (RFC 9068). Treat it as opaque."""
    token_type: Annotated[str, Field(max_length=10)] = "Bearer"
    """Always `Bearer`."""
    expires_in: Annotated[int, Field(ge=1, le=3_600)]
    """In how many seconds it ends; ask for another one then. There is no refresh token."""
    scope: Annotated[str, Field(max_length=2_000)]
    """What it is good for, which may be less than was asked for."""


class OAuthRefusal(Out):
    """Why there is no token, in the words of RFC 6749, which every OAuth library reads."""

    error: OAuthError
    """The stable code."""
    error_description: Annotated[str, Field(max_length=500)]
    """What would be right, for people."""


class SmartConfiguration(Out):
    """What an EHR's program must know of this service (SMART App Launch, 2.2)."""

    token_endpoint: _Address
    """Where tokens are."""
    token_endpoint_auth_methods_supported: _Words
    """How programs prove who they are."""
    token_endpoint_auth_signing_alg_values_supported: _Words
    """What assertions may be signed with."""
    grant_types_supported: _Words
    """The only grant is `client_credentials`: people do not sign in this way."""
    scopes_supported: _Words
    """What can be asked for; each service account is granted some of it."""
    capabilities: _Words
    """The parts of SMART that are here."""
    code_challenge_methods_supported: _Words
    """Always `S256`: SMART wants it said, though there is no authorization endpoint."""


class AuthorizationServer(Out):
    """What an OAuth client must know of this service (RFC 8414)."""

    issuer: _Address
    """Who issues the tokens."""
    token_endpoint: _Address
    """Where tokens are."""
    jwks_uri: _Address
    """The keys that sign them."""
    token_endpoint_auth_methods_supported: _Words
    """How programs prove who they are."""
    token_endpoint_auth_signing_alg_values_supported: _Words
    """What assertions may be signed with."""
    grant_types_supported: _Words
    """The only grant is `client_credentials`."""
    response_types_supported: _Words
    """Always empty: there is no authorization endpoint."""
    scopes_supported: _Words
    """What can be asked for; each service account is granted some of it."""


class SigningKeys(Out):
    """The public keys that verify our access tokens (RFC 7517)."""

    keys: Annotated[list[PublicKey], Field(max_length=MOST_KEYS)]
    """The present key, the next one an hour before it is used, and the last one while its tokens live."""
