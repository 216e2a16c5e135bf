// A person in front of a browser without scripts: follows redirects, keeps cookies, fills forms.
"use strict";
const http = require("node:http");

// fetch() would say that a script asks, and not a person.
const send = (url, { method = "GET", headers, body }) =>
  new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (data) => (text += data));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });

const unescaped = (text) => text.replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

class Visitor {
  constructor(world) {
    this.world = world;
    this.jars = new Map();
  }
  async ask(url, options = {}) {
    const { origin } = new URL(url);
    const jar = this.jars.get(origin) ?? new Map();
    this.jars.set(origin, jar);
    const headers = { ...options.headers, Accept: "text/html" };
    if (jar.size) headers.Cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await send(url, { ...options, headers });
    for (const line of response.headers["set-cookie"] ?? []) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (/max-age=0|expires=Thu, 01.Jan.1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return { status: response.status, location: response.headers.location, text: response.text, url };
  }
  // Until a page is shown, or until `stop` says that this address is for somebody else.
  async follow(url, stop = () => false) {
    for (let hops = 0; hops < 15; ++hops) {
      if (stop(url)) return { url, text: "", stopped: true };
      const answer = await this.ask(url);
      if (answer.status < 300 || answer.status > 399) return answer;
      url = new URL(answer.location, url).href;
    }
    throw new Error(`no end of redirects: ${url}`);
  }
  submit(page, action, fields) {
    const hidden = {};
    const form = page.text.split("<form ").find((one) => one.includes(`action="${action}"`) && Object.keys(fields).every((name) => one.includes(`name="${name}"`)));
    if (!form) throw new Error(`no form ${action} with ${Object.keys(fields)} in ${page.text}`);
    for (const [, name, value] of form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) hidden[name] = unescaped(value);
    return this.ask(this.world.origin + action, {
      method: "POST", body: String(new URLSearchParams({ ...hidden, ...fields })),
      headers: { Origin: this.world.origin, "Content-Type": "application/x-www-form-urlencoded" },
    });
  }
  // Signs in with password and code wherever `url` leads to a login; the page or address that it ends at.
  async signIn(url, password, stop) {
    let page = await this.follow(url, stop);
    if (page.stopped || !page.text.includes('name="user"')) return page;
    page = await this.submit(page, "/login", { user: this.world.user });
    page = await this.submit(page, "/login", { password });
    page = await this.submit(page, "/login", { code: await this.world.code() });
    if (page.status < 300 || page.status > 399) throw new Error(`not signed in: ${page.status} ${page.text}`);
    return this.follow(new URL(page.location, this.world.origin).href, stop);
  }
}

module.exports = { Visitor };
