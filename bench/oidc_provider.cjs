// oidc_provider.cjs PORT jwt|opaque: npm's oidc-provider with its in-memory adapter, as the peer of bench/run. Access tokens are
// JWTs signed with ES256, or opaque.
"use strict";
const crypto = require("node:crypto");

const [port, kind] = process.argv.slice(2);
const key = { ...crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }), kid: "k", alg: "ES256", use: "sig" };

// NODE_PATH is not looked at by import().
import(`${process.env.NODE_PATH}/oidc-provider/lib/index.js`).then(({ Provider }) => {
  const resource = { scope: "read", audience: "api", accessTokenFormat: kind, ...(kind === "jwt" ? { jwt: { sign: { alg: "ES256" } } } : {}) };
  const provider = new Provider(`http://localhost:${port}`, {
    jwks: { keys: [key] },
    clients: [{
      client_id: "bench", client_secret: "bench-secret", grant_types: ["client_credentials", "refresh_token", "authorization_code"],
      redirect_uris: ["https://app.example.org/cb"], response_types: ["code"], scope: "read openid offline_access", id_token_signed_response_alg: "ES256",
    }],
    scopes: ["read", "openid", "offline_access"],
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: true, defaultResource: () => "urn:api", useGrantedResource: () => true, getResourceServerInfo: () => resource },
    },
    rotateRefreshToken: true,
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
  // Refresh tokens for the load to turn over: what a login would have made.
  const app = provider.callback();
  require("node:http")
    .createServer(async (request, response) => {
      if (request.url !== "/bench/refresh-token") return app(request, response);
      const client = await provider.Client.find("bench");
      const grant = new provider.Grant({ accountId: "alice", clientId: "bench" });
      grant.addOIDCScope("openid offline_access");
      grant.addResourceScope("urn:api", "read");
      const grantId = await grant.save();
      const token = new provider.RefreshToken({
        client, accountId: "alice", grantId, scope: "openid offline_access read", resource: "urn:api", gty: "authorization_code",
        expiresWithSession: false, claims: {}, rotations: 0, iiat: Math.floor(Date.now() / 1000),
      });
      response.end(await token.save());
    })
    .listen(Number(port), "127.0.0.1");
});
