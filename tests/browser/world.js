// fobd, fob-webd, a virtual key and a web app in a folder of their own, for tests that drive a browser.
"use strict";
const { spawn, execFileSync } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");

const BIN = process.env.FOB_BIN;
const PASSWORD = "correct horse";

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(what, condition, ms = 15000) {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(30)) {
    try {
      const value = await condition();
      if (value) return value;
    } catch {}
  }
  throw new Error(`timed out waiting for ${what}`);
}
const base64url = (bytes) => Buffer.from(bytes).toString("base64url");

// RFC 6238 with SHA-1, six digits, steps of 30 seconds.
function totp(secret, at = Date.now()) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let bits = "";
  for (const letter of secret) bits += letters.indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
  const mac = crypto.createHmac("sha1", key).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1000000).padStart(6, "0");
}

// The private key of a browser's virtual authenticator (PKCS #8), as the virtual key keeps it (a number of 32 bytes), and back.
function scalarOf(pkcs8) {
  const key = crypto.createPrivateKey({ key: Buffer.from(pkcs8, "base64"), format: "der", type: "pkcs8" });
  return key.export({ format: "jwk" }).d;
}
function pkcs8Of(scalar) {
  const curve = crypto.createECDH("prime256v1");
  curve.setPrivateKey(Buffer.from(scalar, "base64url"));
  const point = curve.getPublicKey();
  const jwk = { kty: "EC", crv: "P-256", d: scalar, x: base64url(point.subarray(1, 33)), y: base64url(point.subarray(33)) };
  return crypto.createPrivateKey({ key: jwk, format: "jwk" }).export({ format: "der", type: "pkcs8" }).toString("base64");
}

class World {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "fob-browser-"));
    this.running = [];
    this.user = os.userInfo().username;
  }
  at(...names) {
    return path.join(this.folder, ...names);
  }
  run(program, args, options = {}) {
    const log = fs.openSync(this.at(path.basename(program) + ".log"), "a");
    const child = spawn(program, args, { stdio: ["ignore", log, log], ...options });
    this.running.push(child);
    return child;
  }
  // One call on fobd's socket; `more`: the last reply of several.
  call(method, parameters = {}, more = false) {
    return new Promise((resolve, reject) => {
      const socket = net.connect(this.at("fobd.sock"));
      let text = "";
      socket.on("error", reject);
      socket.on("data", (data) => {
        text += data;
        for (let end; (end = text.indexOf("\0")) >= 0; text = text.slice(end + 1)) {
          const reply = JSON.parse(text.slice(0, end));
          if (reply.continues) continue;
          socket.end();
          if (reply.error) return reject(Object.assign(new Error(`${method}: ${reply.error} ${JSON.stringify(reply.parameters)}`), reply));
          return resolve(reply.parameters);
        }
      });
      socket.write(JSON.stringify({ method, parameters, ...(more ? { more: true } : {}) }) + "\0");
    });
  }
  fobctl(...args) {
    return execFileSync(path.join(BIN, "fobctl"), ["--socket", this.at("fobd.sock"), ...args], { encoding: "utf8", timeout: 30000 });
  }
  key(...words) {
    return execFileSync(path.join(__dirname, "../demo/key-says"), [this.at("keys", "blue.sock"), ...words], { encoding: "utf8" }).trim();
  }

  async start() {
    for (const name of ["etc", "state", "keys", "pam.d"]) fs.mkdirSync(this.at(name), { mode: 0o700 });
    fs.writeFileSync(this.at("etc", "master.key"), crypto.randomBytes(32), { mode: 0o400 });
    this.port = await freePort();
    this.origin = `http://localhost:${this.port}`;
    const quoted = JSON.stringify;
    fs.writeFileSync(
      this.at("etc", "fobd.toml"),
      `issuer = ${quoted(this.origin)}\nrp_id = "localhost"\nsocket = ${quoted(this.at("fobd.sock"))}\nstate_dir = ${quoted(this.at("state"))}\n` +
        `master_key = ${quoted(this.at("etc", "master.key"))}\nworker = [${quoted(path.join(BIN, "fob-keyd-virtual"))}, "--keys", ${quoted(this.at("keys"))}]\n` +
        `trusted_uids = [${process.getuid()}]\n[announce]\ntouch = "nobody"\n[web]\npassword_worker = [${quoted(path.join(__dirname, "../support/web/password-check"))}]\n` +
        `[[rule]]\nname = "web"\nservice = "fob-web"\nrequire = "key+uv | key | totp | recovery"\n` +
        `[[rule]]\nname = "vault"\nservice = "vault"\nrequire = "key+uv"\n` +
        `[[rule]]\nname = "all"\nrequire = "key | totp"\n`,
      { mode: 0o600 },
    );
    fs.writeFileSync(
      this.at("etc", "fob-webd.toml"),
      `fobd = ${quoted(this.at("fobd.sock"))}\nproxies = ["unix"]\n[[listen]]\naddress = "127.0.0.1:${this.port}"\n` +
        `[[listen]]\nsocket = ${quoted(this.at("http.sock"))}\n`,
    );
    this.fobd = this.run(path.join(BIN, "fobd"), ["--config", this.at("etc", "fobd.toml")]);
    this.startGateway();
    await until("the gateway", async () => (await fetch(`${this.origin}/healthz`)).ok);
    this.app = await App.start(this);
  }
  startGateway() {
    this.webd = this.run(path.join(BIN, "fob-webd"), ["--config", this.at("etc", "fob-webd.toml")]);
  }
  async plugKey(...options) {
    this.run(path.join(BIN, "virtual-key"), ["--state", this.at("blue.state"), "--socket", this.at("keys", "blue.sock"), ...options]);
    await until("the key", () => fs.existsSync(this.at("keys", "blue.sock")));
  }
  // TOTPs of the user's, whose secrets the test knows: each gives a code a step, and several make waiting rare.
  async enrolTotps(count) {
    this.totps = [];
    for (let i = 0; i < count; ++i) {
      const { offer, answer } = await this.ceremony("org.fobd.Enrol.EnrolOtp", { user: this.user, name: ["phone", "tablet", "watch", "laptop"][i] });
      await answer(totp(offer.otp_secret));
      this.totps.push({ secret: offer.otp_secret, step: Math.floor(Date.now() / 30000) });
    }
  }
  // A code that was not used before: of the next step where this one's is.
  code() {
    return until("another code", () => {
      const now = Math.floor(Date.now() / 30000);
      const one = this.totps.find(({ step }) => step <= now);
      if (!one) return null;
      one.step = Math.max(one.step + 1, now);
      return totp(one.secret, one.step * 30000);
    }, 40000);
  }
  // Begin and Continue on one connection.
  ceremony(method, parameters) {
    return new Promise((resolve, reject) => {
      const socket = net.connect(this.at("fobd.sock"));
      let text = "", waiting = { resolve, reject };
      const send = (name, what) => socket.write(JSON.stringify({ method: name, parameters: what, more: true }) + "\0");
      const service = method.slice(0, method.lastIndexOf("."));
      socket.on("error", (error) => waiting.reject(error));
      socket.on("data", (data) => {
        text += data;
        for (let end; (end = text.indexOf("\0")) >= 0; text = text.slice(end + 1)) {
          const reply = JSON.parse(text.slice(0, end));
          if (reply.continues && !reply.parameters.offer) continue;
          if (reply.error) return waiting.reject(new Error(`${method}: ${text.slice(0, end)}`));
          if (!reply.parameters.ask) socket.end();
          waiting.resolve({
            ...reply.parameters,
            offer: reply.parameters.offer ?? waiting.offer,
            answer: (answer) =>
              new Promise((then, refuse) => {
                waiting = { resolve: then, reject: refuse };
                send(`${service}.Continue`, { answer });
              }),
          });
        }
      });
      send(method, parameters);
    });
  }
  async stop() {
    this.app?.close();
    for (const child of this.running.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGTERM");
      await Promise.race([new Promise((resolve) => child.once("exit", resolve)), sleep(8000)]);
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
  logs() {
    return fs.readdirSync(this.folder).filter((name) => name.endsWith(".log"))
      .map((name) => `--- ${name}\n${fs.readFileSync(this.at(name), "utf8").slice(-4000)}`).join("\n");
  }
}

// A web app: it shows what comes back to it.
class App {
  static async start(world) {
    const app = new App();
    app.world = world;
    app.port = await freePort();
    app.origin = `http://localhost:${app.port}`;
    app.server = http
      .createServer((request, response) => {
        let body = "";
        request.on("data", (data) => (body += data));
        request.on("end", () => {
          const url = new URL(request.url, app.origin);
          if (url.pathname === "/favicon.ico") return response.writeHead(204).end(); // browsers ask for it when they like
          app.last = { method: request.method, path: url.pathname, ...Object.fromEntries(request.method === "POST" ? new URLSearchParams(body) : url.searchParams) };
          response.setHeader("Content-Type", "text/html");
          response.end(`<title>The app</title><h1>Back at the app</h1><pre id="got">${request.method} ${url.pathname}</pre>`);
        });
      })
      .listen(app.port, "127.0.0.1");
    return app;
  }
  async register(name, settings = {}) {
    const out = await this.world.call("org.fobd.Admin.AddClient", {
      name,
      settings: { redirect_uris: [`${this.origin}/callback`], post_logout_redirect_uris: [`${this.origin}/bye`], refresh_lifetime_ms: 3600000, ...settings },
    });
    return { id: out.client.client_id, secret: out.client_secret };
  }
  // Where the browser is sent to sign in; what the app keeps for its return.
  request(client, more = {}) {
    const verifier = base64url(crypto.randomBytes(32));
    const state = base64url(crypto.randomBytes(12));
    const url = new URL(`${this.world.origin}/authorize`);
    const parameters = {
      client_id: client.id, redirect_uri: `${this.origin}/callback`, response_type: "code", scope: "openid profile", state, nonce: "n1",
      code_challenge: base64url(crypto.createHash("sha256").update(verifier).digest()), code_challenge_method: "S256", ...more,
    };
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
    return { url: url.href, verifier, state };
  }
  async token(client, parameters) {
    const response = await fetch(`${this.world.origin}/token`, {
      method: "POST",
      headers: { Authorization: "Basic " + Buffer.from(`${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`).toString("base64") },
      body: new URLSearchParams(parameters),
    });
    return { status: response.status, ...(await response.json()) };
  }
  redeem(client, asked, code = this.last.code) {
    return this.token(client, { grant_type: "authorization_code", code, redirect_uri: `${this.origin}/callback`, code_verifier: asked.verifier });
  }
  close() {
    this.server.close();
    this.server.closeAllConnections?.();
  }
}

const claimsOf = (jwt) => JSON.parse(Buffer.from(jwt.split(".")[1], "base64url"));

module.exports = { World, PASSWORD, BIN, until, sleep, scalarOf, pkcs8Of, claimsOf, base64url };
