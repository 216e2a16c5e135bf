// What a person does in a browser, from the first page to the app, with Chromium's virtual authenticator.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { execFileSync } = require("node:child_process");
const { after, before, test: nodeTest } = require("node:test");
const { chromium } = require("playwright-core");
const { World, PASSWORD, BIN, until, scalarOf, pkcs8Of, claimsOf } = require("./world.js");

const SHOTS = process.env.FOB_SHOTS;
const PIN = "271828";
let world, browser, profile;

before(async () => {
  world = new World();
  await world.start();
  await world.plugKey("--pin", PIN);
  await world.enrolTotps(3);
  profile = world.at("profile");
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

// What fails tells what the browser showed.
let shown;
const test = (name, body) =>
  nodeTest(name, async () => {
    try {
      await body();
    } catch (error) {
      if (shown && !shown.isClosed()) console.error(`${name}: at ${shown.url()}: ${await shown.innerText("body").catch(() => "")}`);
      throw error;
    }
  });

// A new person's browser. Options of the authenticator; none: there is no key.
async function person(authenticator) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  shown = page;
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable", { enableUI: false });
  const key = {};
  if (authenticator) {
    const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2", ctap2Version: "ctap2_1", transport: "usb", hasResidentKey: true, hasUserVerification: true,
        isUserVerified: true, automaticPresenceSimulation: true, ...authenticator,
      },
    });
    key.id = authenticatorId;
    key.add = (credential) => cdp.send("WebAuthn.addCredential", { authenticatorId, credential });
    key.credentials = async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
    key.verifies = (isUserVerified) => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  }
  return { context, page, cdp, key, problems };
}

// The page in light, dark and phone size.
async function shoot(page, name) {
  await page.screenshot({ path: path.join(SHOTS, `${name}-light.png`), fullPage: true });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: path.join(SHOTS, `${name}-dark.png`), fullPage: true });
  await page.emulateMedia({ colorScheme: "light" });
  const size = page.viewportSize();
  await page.setViewportSize({ width: 375, height: 740 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.screenshot({ path: path.join(SHOTS, `${name}-phone.png`), fullPage: true });
  assert.ok(wide <= 0, `${name} is ${wide} pixels too wide for a phone`);
  await page.setViewportSize(size);
}

const typeName = async (page) => {
  await page.fill("#user", world.user);
  await page.press("#user", "Enter");
  await page.waitForSelector(".who");
};
const typePassword = async (page, password = PASSWORD) => {
  await page.fill("#password", password);
  await page.press("#password", "Enter");
};
const typeCode = async (page) => {
  await page.fill("#code", await world.code());
  await page.press("#code", "Enter");
};
const useKey = (page) => page.click("form[data-webauthn] button");
const atTheApp = (page) => page.waitForURL(`${world.app.origin}/callback*`);
const atTheAccount = (page) => page.waitForURL(`${world.origin}/account*`);

// The credential of the key on the desk, as the browser's authenticator takes it. Its counter only rises.
let times = 0;
function exported() {
  const [credential] = JSON.parse(world.key("credentials"));
  return {
    credentialId: Buffer.from(credential.id, "base64url").toString("base64"), isResidentCredential: true, rpId: credential.rp_id,
    privateKey: pkcs8Of(credential.private_key), userHandle: Buffer.from(credential.user_id, "base64url").toString("base64"),
    signCount: credential.counter + 10 * ++times,
  };
}

async function signIn(one) {
  await one.page.goto(`${world.origin}/login`);
  await typeName(one.page);
  await useKey(one.page);
  await atTheAccount(one.page);
}

test("a password and a code lead to the app, and the code becomes tokens", async () => {
  const client = await world.app.register("Wiki");
  const { page, context, problems } = await person();
  const asked = world.app.request(client);
  await page.goto(asked.url);
  await shoot(page, "login-name");
  assert.match(await page.textContent("main"), /continue to Wiki/);
  assert.ok(await page.evaluate(() => document.activeElement.id === "user"), "the username has the focus");
  await typeName(page);
  await shoot(page, "login-password");
  assert.match(await page.textContent("main"), /continue to Wiki/);
  await typePassword(page, "wrong");
  await page.waitForSelector("[role=alert]:not([hidden])");
  await shoot(page, "login-wrong");
  await typePassword(page);
  await page.waitForSelector("#code");
  await shoot(page, "login-code");
  await typeCode(page);
  await atTheApp(page);
  assert.equal(world.app.last.state, asked.state);
  assert.equal(world.app.last.iss, world.origin);
  const cookies = await context.cookies(world.origin);
  const session = cookies.find((cookie) => cookie.name === "__Host-fob");
  assert.ok(session && session.httpOnly && session.secure && session.sameSite === "Lax" && session.path === "/");
  const tokens = await world.app.redeem(client, asked);
  assert.equal(tokens.status, 200, JSON.stringify(tokens));
  const claims = claimsOf(tokens.id_token);
  assert.equal(claims.nonce, "n1");
  assert.deepEqual(claims.amr.filter((one) => one === "pwd" || one === "otp"), ["pwd", "otp"]);
  // Signed in already: the next request passes without a question.
  await page.goto(world.app.request(client).url);
  await atTheApp(page);
  // But not one that asks for it.
  await page.goto(world.app.request(client, { prompt: "login" }).url);
  await page.waitForSelector("#user");
  await page.goto(world.app.request(client, { prompt: "none" }).url);
  await atTheApp(page);
  assert.ok(world.app.last.code);
  assert.deepEqual(problems, []);
  await context.close();
});

test("a key that was enrolled by fobctl signs in, with its holder verified", async () => {
  const enrolling = await world.ceremony("org.fobd.Enrol.EnrolKey", { user: world.user, name: "blue", discoverable: true });
  if (enrolling.ask) await enrolling.answer(PIN);
  const one = await person({});
  await one.key.add(exported());
  const client = await world.app.register("Strict");
  const asked = world.app.request(client, { acr_values: "phr" });
  await one.page.goto(asked.url);
  await typeName(one.page);
  await shoot(one.page, "login-key");
  await useKey(one.page);
  await atTheApp(one.page);
  const claims = claimsOf((await world.app.redeem(client, asked)).id_token);
  assert.match(claims.acr, /^phr/);
  assert.ok(claims.amr.includes("user") && claims.amr.includes("mfa"));
  await one.context.close();
});

test("without its holder verified a key takes the password along", async () => {
  const one = await person({ hasUserVerification: false, isUserVerified: false });
  await one.key.add(exported());
  await one.page.goto(`${world.origin}/login`);
  await typeName(one.page);
  if (await one.page.$("#password")) await typePassword(one.page);
  await one.page.waitForSelector("form[data-webauthn]:not([hidden])");
  await useKey(one.page);
  if (await one.page.waitForSelector("#password, main.wide").then((found) => found.getAttribute("id")) === "password") await typePassword(one.page);
  await atTheAccount(one.page);
  assert.match(await one.page.textContent("main"), /password/);
  await one.context.close();
});

test("a passkey signs in without a username, by its button", async () => {
  const one = await person({});
  await one.key.add(exported());
  await one.page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
  await one.page.goto(`${world.origin}/login`);
  await useKey(one.page);
  await atTheAccount(one.page);
  await one.context.close();
});

test("a passkey that the browser offers beside the username signs in by itself", async () => {
  const one = await person({});
  await one.key.add(exported());
  // The list in which a person picks it is the browser's own: here it is picked at once.
  await one.page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => true;
    const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = ({ mediation, ...options }) => {
      sessionStorage.setItem("mediation", mediation);
      return get(options);
    };
  });
  await one.page.goto(`${world.origin}/login`);
  await atTheAccount(one.page);
  assert.equal(await one.page.evaluate(() => sessionStorage.getItem("mediation")), "conditional");
  await one.context.close();
});

test("a key at another address, or one that is not used, is said and can be tried again", async () => {
  const one = await person({});
  await one.key.add(exported());
  await one.page.goto(`http://127.0.0.1:${world.port}/login`);
  await one.page.evaluate(() => document.querySelector("form[data-webauthn]").requestSubmit());
  await one.page.waitForSelector("[data-problem]:not([hidden])");
  assert.match(await one.page.textContent("[data-problem]"), /address does not fit/);
  await shoot(one.page, "key-wrong-address");
  await one.page.goto(`${world.origin}/login`);
  await typeName(one.page);
  await one.page.evaluate(() => {
    navigator.credentials.get = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  });
  await useKey(one.page);
  await one.page.waitForSelector("[data-problem]:not([hidden])");
  assert.match(await one.page.textContent("[data-problem]"), /cancelled/);
  assert.ok(await one.page.isEnabled("form[data-webauthn] button"));
  await shoot(one.page, "key-cancelled");
  await one.context.close();
});

test("an app of somebody else asks first", async () => {
  const client = await world.app.register("Weather Board", { third_party: true });
  const one = await person({});
  await one.key.add(exported());
  await signIn(one);
  let asked = world.app.request(client);
  await one.page.goto(asked.url);
  await one.page.waitForSelector("text=Allow Weather Board?");
  await shoot(one.page, "consent");
  await one.page.click("text=Refuse");
  await atTheApp(one.page);
  assert.equal(world.app.last.error, "access_denied");
  asked = world.app.request(client, { response_mode: "form_post" });
  await one.page.goto(asked.url);
  await one.page.click("button[value=yes]");
  await atTheApp(one.page);
  assert.equal(world.app.last.method, "POST");
  assert.ok(world.app.last.code && world.app.last.state === asked.state && world.app.last.iss === world.origin);
  await one.page.goto(world.app.request(client).url);
  await atTheApp(one.page);
  assert.ok(world.app.last.code, "what was allowed is remembered");
  await one.context.close();
});

test("what is not registered ends on a page, and nowhere else", async () => {
  const client = await world.app.register("Odd");
  const { page, context } = await person();
  await page.goto(world.app.request(client, { redirect_uri: "https://evil.example.org/" }).url);
  assert.match(await page.textContent("h1"), /cannot sign you in/);
  assert.ok(page.url().startsWith(world.origin));
  await shoot(page, "error");
  await context.close();
});

test("a key that is enrolled here logs in through PAM", async () => {
  const one = await person({});
  await one.key.add(exported());
  await signIn(one);
  await shoot(one.page, "account");
  await one.page.click("text=Add a security key");
  await one.page.fill("#new-key", "browser key");
  await one.page.check("#discoverable");
  // The key that signs in must not be enrolled twice.
  await one.cdp.send("WebAuthn.clearCredentials", { authenticatorId: one.key.id });
  await one.page.press("#new-key", "Enter");
  await one.page.waitForSelector("form[data-webauthn=create]:not([hidden])");
  await shoot(one.page, "new-key");
  await useKey(one.page);
  await one.page.waitForSelector("text=The key is enrolled");
  await shoot(one.page, "account-added");
  const [credential] = await one.key.credentials();
  const url = (text) => Buffer.from(text, "base64").toString("base64url");
  assert.equal(world.key("import", url(credential.credentialId), credential.rpId, url(credential.userHandle), scalarOf(credential.privateKey),
    String(credential.signCount)), "ok");
  fs.writeFileSync(world.at("pam.d", "vault"), `auth required ${BIN}/pam_fob.so socket=${world.at("fobd.sock")}\naccount required pam_permit.so\n` +
    `session required ${BIN}/pam_fob.so socket=${world.at("fobd.sock")}\n`);
  // The other key is away: only the imported one answers.
  const before = (await world.call("org.fobd.Enrol.ListKeys", { user: world.user })).keys.find((key) => key.name === "browser key");
  await world.call("org.fobd.Enrol.RemoveKey", { user: world.user, key: "blue" }, true);
  execFileSync(path.join(BIN, "pam-login"), ["--service", "vault", "--user", world.user, "--confdir", world.at("pam.d")], { input: `${PIN}\n`, timeout: 30000 });
  const after = (await world.call("org.fobd.Enrol.ListKeys", { user: world.user })).keys.find((key) => key.name === "browser key");
  assert.ok(after.last_used_at && (!before.last_used_at || after.last_used_at >= before.last_used_at));
  await one.context.close();
});

test("an authenticator app and recovery codes are enrolled, and things are taken away", async () => {
  const one = await person();
  await one.page.goto(`${world.origin}/login`);
  await typeName(one.page);
  await typePassword(one.page);
  await one.page.waitForSelector("#code");
  await typeCode(one.page);
  await atTheAccount(one.page);
  await one.page.click("text=Add an authenticator app");
  await one.page.fill("#new-code", "pocket");
  await one.page.press("#new-code", "Enter");
  await one.page.waitForSelector(".qr");
  await shoot(one.page, "new-code");
  await one.page.fill("#code", "000000");
  await one.page.press("#code", "Enter");
  await one.page.waitForSelector("[role=alert]");
  await one.page.goto(`${world.origin}/account`);
  await one.page.click("text=New recovery codes");
  await one.page.click("text=Make new ones");
  await one.page.waitForSelector(".codes li:nth-child(10)");
  await shoot(one.page, "recovery-codes");
  await one.page.goto(`${world.origin}/account`);
  await one.page.click("section[aria-labelledby=keys] details summary >> nth=0");
  await one.page.fill("section[aria-labelledby=keys] input[name=name] >> nth=0", "renamed");
  await one.page.click("section[aria-labelledby=keys] details[open] button");
  await one.page.waitForSelector("text=The key has its new name.");
  await one.page.click("section[aria-labelledby=keys] button.danger >> nth=0");
  await one.page.waitForSelector("text=The key is removed");
  await one.context.close();
});

test("signing out by the app ends the login, and asks where nobody proves the wish", async () => {
  const client = await world.app.register("Leaver");
  const one = await person();
  const asked = world.app.request(client);
  await one.page.goto(asked.url);
  await typeName(one.page);
  await typePassword(one.page);
  await one.page.waitForSelector("#code");
  await typeCode(one.page);
  await atTheApp(one.page);
  const tokens = await world.app.redeem(client, asked);
  await one.page.goto(`${world.origin}/logout`);
  await shoot(one.page, "logout");
  await one.page.goto(`${world.origin}/logout?` + new URLSearchParams({
    id_token_hint: tokens.id_token, post_logout_redirect_uri: `${world.app.origin}/bye`, state: "s" }));
  await one.page.waitForURL(`${world.app.origin}/bye?state=s`);
  const refreshed = await world.app.token(client, { grant_type: "refresh_token", refresh_token: tokens.refresh_token });
  assert.equal(refreshed.error, "invalid_grant", "its grants died with it");
  await one.page.goto(`${world.origin}/account`);
  await one.page.waitForSelector("#user");
  await one.context.close();
});

test("a gateway that is killed in the middle is none's concern", async () => {
  const one = await person();
  await one.page.goto(`${world.origin}/login`);
  await typeName(one.page);
  const gone = new Promise((resolve) => world.webd.once("exit", resolve));
  world.webd.kill("SIGKILL");
  await gone;
  world.startGateway();
  await until("the gateway", async () => (await fetch(`${world.origin}/healthz`)).ok);
  await typePassword(one.page);
  await one.page.waitForSelector("#code");
  await typeCode(one.page);
  await atTheAccount(one.page);
  await one.page.click("text=Sign out");
  await one.page.waitForSelector("text=You are signed out");
  await shoot(one.page, "signed-out");
  await one.context.close();
});

test("one touch for everything: a link signs a browser in when that is confirmed", async () => {
  const started = await world.ceremony("org.fobd.Login.Begin", { user: world.user, service: "sshd", vouched: ["password"] });
  const answered = started.ask ? await started.answer(await world.code()) : started;
  const confirmed = await world.call("org.fobd.Login.Confirm", { handle: answered.granted.handle, user: world.user, service: "sshd" });
  const file = world.fobctl("open", "--print", "--login", confirmed.login.login, `${world.origin}/account`).trim();
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  const one = await person();
  await one.page.goto(`file://${file}`);
  await one.page.waitForSelector("text=Sign in this browser?");
  assert.match(await one.page.textContent("main"), new RegExp(world.user));
  await shoot(one.page, "link");
  await one.page.click("button[value=yes]");
  await atTheAccount(one.page);
  const late = await person();
  await late.page.goto(`file://${file}`);
  await late.page.waitForSelector("text=run fobctl open again");
  await late.context.close();
  await one.context.close();
});

test("without JavaScript everything but keys works", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${world.origin}/login`);
  assert.ok(await page.isVisible("text=need JavaScript"));
  await typeName(page);
  await typePassword(page);
  await page.waitForSelector("#code");
  await typeCode(page);
  await atTheAccount(page);
  await context.close();
});
