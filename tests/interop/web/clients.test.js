"use strict";
const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { execFileSync, spawn } = require("node:child_process");
const { after, before, test } = require("node:test");
const { World, PASSWORD, until } = require("../../browser/world.js");
const { Visitor } = require("./visitor.js");

let world;
before(async () => {
  world = new World();
  await world.start();
  await world.enrolTotps(4);
});
after(() => world?.stop());

const isCallback = (url) => url.startsWith(`${world.app.origin}/`);

test("npm's openid-client signs in, asks for claims, refreshes and signs out", async () => {
  const oidc = await import(`${process.env.NODE_PATH}/openid-client/build/index.js`);
  for (const settings of [{}, { id_token_algorithm: "EdDSA" }, { id_token_algorithm: "RS256" }]) {
    const client = await world.app.register(`node ${JSON.stringify(settings)}`, settings);
    const config = await oidc.discovery(new URL(world.origin), client.id,
      { client_secret: client.secret, id_token_signed_response_alg: settings.id_token_algorithm ?? "ES256" }, undefined,
      { execute: [oidc.allowInsecureRequests] });
    const verifier = oidc.randomPKCECodeVerifier(), state = oidc.randomState(), nonce = oidc.randomNonce();
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: `${world.app.origin}/callback`, scope: "openid profile", state, nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
    });
    const visitor = new Visitor(world);
    const back = await visitor.signIn(url.href, PASSWORD, isCallback);
    const tokens = await oidc.authorizationCodeGrant(config, new URL(back.url), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce });
    const claims = tokens.claims();
    assert.equal(claims.iss, world.origin);
    const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
    assert.equal(info.preferred_username, world.user);
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(next.claims().auth_time, claims.auth_time);
    assert.notEqual(next.refresh_token, tokens.refresh_token);
    assert.equal((await oidc.tokenIntrospection(config, next.access_token)).active, true);
    await oidc.tokenRevocation(config, next.access_token);
    assert.equal((await oidc.tokenIntrospection(config, next.access_token)).active, false);
    const bye = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${world.app.origin}/bye` });
    assert.equal((await visitor.follow(bye.href, isCallback)).url, `${world.app.origin}/bye`);
    await assert.rejects(oidc.refreshTokenGrant(config, next.refresh_token), { error: "invalid_grant" });
  }
});

test("npm's openid-client authenticates by its own key (private_key_jwt)", async () => {
  const oidc = await import(`${process.env.NODE_PATH}/openid-client/build/index.js`);
  const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const jwk = { ...(await crypto.subtle.exportKey("jwk", publicKey)), kid: "k1", use: "sig", alg: "ES256" };
  delete jwk.key_ops;
  delete jwk.ext;
  const out = await world.call("org.fobd.Admin.AddClient", { name: "keyed", settings: { auth_method: "private_key_jwt", jwks: { keys: [jwk] }, machine: true,
    audiences: ["api"], scopes: ["read"] } });
  const config = await oidc.discovery(new URL(world.origin), out.client.client_id, {}, oidc.PrivateKeyJwt({ key: privateKey, kid: "k1" }),
    { execute: [oidc.allowInsecureRequests] });
  const tokens = await oidc.clientCredentialsGrant(config, { scope: "read" });
  const jose = require("jose");
  const keys = jose.createRemoteJWKSet(new URL(`${world.origin}/jwks`));
  const { payload } = await jose.jwtVerify(tokens.access_token, keys, { issuer: world.origin, audience: "api", typ: "at+jwt", algorithms: ["ES256"] });
  assert.equal(payload.sub, out.client.client_id);
  // As an API in Python does it, by PyJWT.
  const verify = `
import jwt, sys
issuer, token = sys.argv[1:]
if jwt.get_unverified_header(token).get("typ") != "at+jwt":
    raise jwt.InvalidTokenError("no access token")
keys = jwt.PyJWKClient(issuer + "/jwks")
claims = jwt.decode(token, keys.get_signing_key_from_jwt(token).key, algorithms=["ES256"], audience="api", issuer=issuer,
                    options={"require": ["exp", "iat", "aud", "iss", "sub"]})
print(claims["sub"])`;
  const python = (token) => execFileSync("/usr/bin/python3", ["-c", verify, world.origin, token], { encoding: "utf8", timeout: 20000, stdio: "pipe" }).trim();
  assert.equal(python(tokens.access_token), out.client.client_id);
  const [header, claims, signature] = tokens.access_token.split(".");
  assert.throws(() => python([header, claims, (signature[0] === "A" ? "B" : "A") + signature.slice(1)].join(".")));
});

test("python3-authlib signs in, refreshes and signs out", async () => {
  const client = await world.app.register("python");
  const python = spawn("/usr/bin/python3", [path.join(__dirname, "authlib_app.py"), world.origin, client.id, client.secret, `${world.app.origin}/callback`]);
  let said = "", errors = "";
  const line = (number) => (said.split("\n").length > number + 1 ? said.split("\n")[number] : python.exitCode === null ? null : "none");
  python.stdout.on("data", (data) => (said += data));
  python.stderr.on("data", (data) => (errors += data));
  try {
    const url = await until("Authlib's address", () => line(0));
    assert.notEqual(url, "none", errors);
    const visitor = new Visitor(world);
    const back = await visitor.signIn(url, PASSWORD, isCallback);
    python.stdin.write(back.url + "\n");
    const farewell = await until("Authlib's farewell", () => line(1));
    assert.notEqual(farewell, "none", errors);
    assert.equal((await visitor.follow(farewell, isCallback)).url, `${world.app.origin}/bye`);
    python.stdin.end("gone\n");
    const code = await new Promise((resolve) => python.on("close", resolve));
    assert.equal(code, 0, errors);
    assert.match(line(2), /^signed in, refreshed, signed out: /);
  } finally {
    python.kill();
  }
});

test("Apache's mod_auth_openidc lets the right ones in, and signs them out", async () => {
  const port = await new Promise((resolve) => {
    const server = require("node:net").createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
  const site = `http://localhost:${port}`;
  const client = await world.app.register("apache", { redirect_uris: [`${site}/oidc`], post_logout_redirect_uris: [`${site}/bye`] });
  const root = world.at("apache");
  for (const name of ["", "www", "www/inside", "run"]) fs.mkdirSync(path.join(root, name), { recursive: true });
  fs.writeFileSync(path.join(root, "www/inside/index.html"), "what is inside\n");
  fs.writeFileSync(path.join(root, "www/bye"), "goodbye\n");
  execFileSync("chmod", ["-R", "a+rX", world.folder]);
  const modules = "/usr/lib/apache2/modules";
  fs.writeFileSync(path.join(root, "httpd.conf"), `
ServerRoot ${root}
ServerName localhost
PidFile ${root}/run/pid
Listen 127.0.0.1:${port}
ErrorLog ${root}/error.log
DocumentRoot ${root}/www
User www-data
Group www-data
${["mpm_event", "authn_core", "authz_core", "authz_user", "dir", "mime", "headers"].map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join("\n")}
TypesConfig /etc/mime.types
LoadModule auth_openidc_module ${modules}/mod_auth_openidc.so
<Directory ${root}/www>
  Require all granted
</Directory>
OIDCProviderMetadataURL ${world.origin}/.well-known/openid-configuration
OIDCClientID ${client.id}
OIDCClientSecret ${client.secret}
OIDCRedirectURI ${site}/oidc
OIDCCryptoPassphrase ${crypto.randomBytes(16).toString("hex")}
OIDCScope "openid profile"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username
# Longer than a token lives: each request has the module refresh it.
OIDCRefreshAccessTokenBeforeExpiry 400
<Location /inside>
  AuthType openid-connect
  Require valid-user
  Header set X-User "%{OIDC_CLAIM_preferred_username}e"
</Location>
<Location /oidc>
  AuthType openid-connect
  Require valid-user
</Location>
`);
  const apache = spawn("/usr/sbin/apache2", ["-f", path.join(root, "httpd.conf"), "-DFOREGROUND"], { stdio: "ignore" });
  try {
    await until("Apache", async () => (await fetch(`${site}/bye`)).ok);
    const visitor = new Visitor(world);
    const inside = await visitor.signIn(`${site}/inside/`, PASSWORD);
    assert.equal(inside.text, "what is inside\n", fs.readFileSync(path.join(root, "error.log"), "utf8"));
    const refreshed = async () => (await world.call("org.fobd.Admin.TailAudit", { action: "token.refresh" })).events.filter((event) => event.detail?.includes(client.id)).length;
    const before = await refreshed();
    assert.equal((await visitor.follow(`${site}/inside/`)).text, "what is inside\n");
    assert.ok((await refreshed()) > before, "the module refreshed nothing: " + fs.readFileSync(path.join(root, "error.log"), "utf8"));
    const bye = await visitor.follow(`${site}/oidc?logout=${encodeURIComponent(`${site}/bye`)}`);
    assert.equal(bye.text, "goodbye\n");
    const again = await visitor.follow(`${site}/inside/`);
    assert.match(again.text, /name="user"/, "both sessions have ended");
  } finally {
    apache.kill("SIGTERM");
  }
});

test("nginx in front tells who asks, and keeps what is none of the world's business", async () => {
  const port = await new Promise((resolve) => {
    const server = require("node:net").createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
  const site = `http://127.0.0.1:${port}`;
  const root = world.at("nginx");
  fs.mkdirSync(root);
  fs.writeFileSync(path.join(root, "nginx.conf"), `
daemon off;
user root;
pid ${root}/pid;
error_log ${root}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${root}/body; proxy_temp_path ${root}/proxy; fastcgi_temp_path ${root}/f; uwsgi_temp_path ${root}/u; scgi_temp_path ${root}/s;
  upstream fob { server unix:${world.at("http.sock")}; keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://fob;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_buffering off;
    }
    location = /metrics { return 404; }
  }
}
`);
  const nginx = spawn("/usr/sbin/nginx", ["-c", path.join(root, "nginx.conf"), "-e", path.join(root, "error.log")], { stdio: "ignore" });
  try {
    await until("nginx", async () => (await fetch(`${site}/healthz`)).ok);
    for (let i = 0; i < 20; ++i) assert.equal((await fetch(`${site}/jwks`)).status, 200);
    assert.equal((await fetch(`${site}/metrics`)).status, 404);
    const login = await fetch(`${site}/login`, { headers: { "X-Forwarded-For": "6.6.6.6" } });
    assert.match(await login.text(), /name="user"/);
    // The line is written once the answer is out, which may be after nginx passed it on.
    const log = () => fs.readFileSync(world.at("fob-webd.log"), "utf8");
    await until("the log's line", async () => log().includes('fob-webd: 127.0.0.1 "GET /login"'));
    assert.doesNotMatch(log(), /6\.6\.6\.6|fob-webd: unix/);
  } finally {
    nginx.kill("SIGTERM");
  }
});
