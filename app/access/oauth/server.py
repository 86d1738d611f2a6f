"""The authorization server: from an assertion to a token, and from a token to its caller."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from joserfc.jwk import Key

from app.access.identity.door import UNKNOWN_TOKEN, service_account_caller
from app.access.oauth import assertions, domain, queries, schemas, service, tokens
from app.access.oauth.domain import OAuthError, TokenRefused
from app.core.caller import Caller, CallerKind
from app.core.problems import Unauthorized
from app.core.scope import ScopedSession
from app.core.system import SYSTEM
from app.core.transactions import Transactions

TOKEN_PATH = "/oauth/token"
KEYS_PATH = "/oauth/jwks"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MOST_FIELDS = 20
_GRANT = "client_credentials"
_ALL_SCOPES = ("system/*.rs", "system/*.cu", "system/*.cruds", *domain.scopes_of(domain.SCOPES))


PublishedKey = Callable[[str, str], Awaitable[Key | None]]
"""Finds a key by the address it is published at and its name; None when it is not there, or nobody can tell now."""


class AuthorizationServer:
    """Issues tokens to programs that prove who they are, and knows its own tokens again."""

    def __init__(self, transactions: Transactions, issuer: str, published: PublishedKey) -> None:
        """Take the address this service is known by: who issues the tokens, and whom they are for.

        `published` finds the keys of programs that publish them.
        """
        self._transactions, self.issuer, self._published = transactions, issuer, published
        self._audiences = (issuer + TOKEN_PATH, issuer)

    async def exchange(self, form: Mapping[str, str], request_id: str) -> schemas.ProgramToken:
        """Give a token for an assertion; `TokenRefused` says why not, in the words of OAuth."""
        if not form.get("grant_type"):
            raise TokenRefused(OAuthError.INVALID_REQUEST, f"Send grant_type={_GRANT} as a form.")
        if form["grant_type"] != _GRANT:
            raise TokenRefused(OAuthError.UNSUPPORTED_GRANT_TYPE, f"The only grant_type is {_GRANT}.")
        if form.get("client_assertion_type") != _ASSERTION_TYPE or not form.get("client_assertion"):
            raise assertions.refuse(f"Send client_assertion, and client_assertion_type={_ASSERTION_TYPE}.")
        claimed = assertions.claimed_in(form["client_assertion"])
        if form.get("client_id", str(claimed.client_id)) != str(claimed.client_id):
            raise assertions.refuse("client_id must be the sub of the assertion, or absent.")
        found = await self._transactions.look(SYSTEM, _first, queries.keys_of(claimed.client_id))
        if found is None:
            raise assertions.refuse(assertions.UNKNOWN)
        nobody = Caller(
            CallerKind.SERVICE_ACCOUNT, claimed.client_id, found.clinic_id, frozenset(), request_id=request_id
        )
        try:
            return await self._issue(claimed, found, nobody, form.get("scope", ""))
        except TokenRefused as refused:
            await self._transactions.note_down(nobody, domain.TokenNotIssued(code=refused.error))
            raise

    async def caller_of(self, token: str) -> Caller | None:
        """Return whose token of ours this is; None when somebody else made it. The door asks."""
        if tokens.issuer_of(token) != self.issuer:
            return None
        now = self._transactions.clock()
        keys = await self._transactions.look(SYSTEM, tokens.published, now)
        says = tokens.read(token, keys, self.issuer, now)
        if says is None:
            raise Unauthorized(UNKNOWN_TOKEN)
        found = await self._transactions.look(SYSTEM, _first, queries.keys_of(says.client_id))
        if found is None or (found.clinic_id, _is_empty(found)) != (says.clinic_id, False):
            raise Unauthorized(UNKNOWN_TOKEN)
        caller = await service_account_caller(self._transactions, says.clinic_id, says.client_id)
        permissions = domain.permissions_in(says.scopes, caller.permissions)
        return replace(caller, permissions=permissions, credential_id=says.id, known_until=says.expires_at)

    async def signing_keys(self) -> schemas.SigningKeys:
        """Return the public keys that verify our tokens."""
        keys = await self._transactions.look(SYSTEM, tokens.published, self._transactions.clock())
        return schemas.SigningKeys(keys=[schemas.PublicKey.model_validate(key) for key in keys])

    def smart_configuration(self) -> schemas.SmartConfiguration:
        """Return what SMART wants to be told of this service."""
        return schemas.SmartConfiguration(
            token_endpoint=self.issuer + TOKEN_PATH,
            token_endpoint_auth_methods_supported=["private_key_jwt"],
            token_endpoint_auth_signing_alg_values_supported=list(domain.ASSERTION_ALGORITHMS),
            grant_types_supported=[_GRANT],
            scopes_supported=list(_ALL_SCOPES),
            capabilities=["client-confidential-asymmetric", "permission-v2"],
            code_challenge_methods_supported=["S256"],
        )

    def metadata(self) -> schemas.AuthorizationServer:
        """Return what RFC 8414 wants to be told of this service."""
        return schemas.AuthorizationServer(
            issuer=self.issuer,
            token_endpoint=self.issuer + TOKEN_PATH,
            jwks_uri=self.issuer + KEYS_PATH,
            token_endpoint_auth_methods_supported=["private_key_jwt"],
            token_endpoint_auth_signing_alg_values_supported=list(domain.ASSERTION_ALGORITHMS),
            grant_types_supported=[_GRANT],
            response_types_supported=[],
            scopes_supported=list(_ALL_SCOPES),
        )

    async def _issue(self, claimed: assertions.Claimed, found: Any, nobody: Caller, scope: str) -> schemas.ProgramToken:
        keys = await self._keys_of(claimed, found)
        assertion = assertions.check(claimed, keys, found.jwks_uri, self._audiences, self._transactions.clock())
        caller = await self._open_account(found.clinic_id, assertion.client_id)
        permissions = domain.permissions_in(scope.split(" "), caller.permissions)
        if not permissions:
            raise TokenRefused(
                OAuthError.INVALID_SCOPE,
                "None of these scopes was granted to this program. Ask for system/*.rs, or see scopes_supported.",
            )
        allowed = replace(nobody, permissions=permissions, time_zone=caller.time_zone, sees_all_clients=True)
        return await self._transactions.write_in_reserve(
            allowed, service.issue_token, self._transactions.ring, self.issuer, assertion, domain.scopes_of(permissions)
        )

    async def _keys_of(self, claimed: assertions.Claimed, found: Any) -> Sequence[Mapping[str, Any]]:
        if found.jwks_uri is None:
            return found.jwks or ()
        key = await self._published(found.jwks_uri, claimed.header["kid"])
        return () if key is None else (key.as_dict(private=False),)

    async def _open_account(self, clinic_id: UUID, account_id: UUID) -> Caller:
        try:
            return await service_account_caller(self._transactions, clinic_id, account_id)
        except Unauthorized:
            raise assertions.refuse("The account of this program is closed.") from None


def form_in(body: bytes) -> dict[str, str]:
    """Read a form; a field sent twice leaves open which of the two counts, and is refused (RFC 6749, 3.2)."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise TokenRefused(OAuthError.INVALID_REQUEST, "The body is no form.") from None
    if len(dict(pairs)) < len(pairs):
        raise TokenRefused(OAuthError.INVALID_REQUEST, "Send each field once.")
    return dict(pairs)


def _first(session: ScopedSession, statement: Any) -> Any:
    return session.execute(statement).first()


def _is_empty(found: Any) -> bool:
    return not found.jwks and found.jwks_uri is None
