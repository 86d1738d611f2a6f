// A certified OpenID provider, for the end-to-end test: code with PKCE, and JWT access tokens for our audience.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { Provider } from "oidc-provider";

const { issuer, audience, redirectUri, account, port, certificateFile, keys } = JSON.parse(process.argv[2]);

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "notes-frontend",
      token_endpoint_auth_method: "none",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      id_token_signed_response_alg: "ES256",
    },
  ],
  jwks: { keys },
  cookies: { keys: ["only for this test"] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  // What this provider's own operator decides: acr, amr and auth_time belong into access tokens.
  extraTokenClaims: (ctx) => {
    const { authTime, acr, amr } = ctx.oidc.entities.AuthorizationCode;
    return { auth_time: authTime, acr, amr };
  },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "openid",
        audience,
        accessTokenTTL: 300,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
});

// Nobody types a password here: whoever is asked to sign in is signed in, and agrees.
const callback = provider.callback();
const pem = readFileSync(certificateFile);
const server = createServer({ cert: pem, key: pem }, async (request, response) => {
  if (!request.url.startsWith("/interaction/")) return callback(request, response);
  const { prompt, params, grantId, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    const login = { accountId: account, amr: ["pwd", "otp", "mfa"] };
    return provider.interactionFinished(request, response, { login });
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope("openid");
  grant.addResourceScope(audience, "openid");
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
});
server.listen(port, "127.0.0.1", () => console.log("ready"));
