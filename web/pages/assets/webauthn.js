// Talks to the security key (WebAuthn) for forms that say so, and does nothing else. Such a form carries the options in
// data-options; the answer goes into its hidden fields and is posted like any other form.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const credential = (one) => ({ type: "public-key", id: bytes(one.credential_id), ...(one.transports.length ? { transports: one.transports } : {}) });
  const algorithms = { ES256: -7, EdDSA: -8, RS256: -257 };

  const getOptions = (given) => ({
    challenge: bytes(given.challenge),
    rpId: given.rp_id,
    timeout: given.timeout_ms,
    userVerification: given.user_verification,
    allowCredentials: given.credentials.map(credential),
  });
  const createOptions = (given) => ({
    challenge: bytes(given.challenge),
    rp: { id: given.rp_id, name: given.rp_name },
    user: { id: bytes(given.user_handle), name: given.user_name, displayName: given.user_name },
    pubKeyCredParams: given.algorithms.map((name) => ({ type: "public-key", alg: algorithms[name] })),
    timeout: given.timeout_ms,
    excludeCredentials: given.credentials.map(credential),
    authenticatorSelection: {
      residentKey: given.discoverable ? "required" : "discouraged",
      requireResidentKey: Boolean(given.discoverable),
      userVerification: given.user_verification,
    },
    attestation: "direct",
  });

  const fill = (form, fields) => {
    for (const [name, value] of Object.entries(fields)) form.elements.namedItem(name).value = value;
    form.submit();
  };
  const give = (form, answer) => {
    const response = answer.response;
    const common = { credential_id: text(answer.rawId), client_data: text(response.clientDataJSON) };
    if (form.dataset.webauthn === "create") {
      const transports = response.getTransports ? response.getTransports().join(" ") : "";
      return fill(form, { ...common, attestation_object: text(response.attestationObject), transports });
    }
    fill(form, {
      ...common,
      auth_data: text(response.authenticatorData),
      signature: text(response.signature),
      user_handle: response.userHandle ? text(response.userHandle) : "",
    });
  };

  const sayings = {
    NotAllowedError: "The security key was not used: it was cancelled, or nobody touched it in time. Try again.",
    InvalidStateError: "This security key is enrolled already.",
    SecurityError: "This page's address does not fit: security keys work at the address that they were enrolled for.",
    ConstraintError: "This security key cannot do what is needed here, such as a PIN.",
    NotSupportedError: "This security key cannot do what is needed here.",
  };
  const say = (form, error) => {
    const place = form.querySelector("[data-problem]");
    place.textContent = sayings[error.name] || "The security key did not answer. Try again.";
    place.hidden = false;
  };

  let waiting = null; // passkeys that are offered in the username's field
  const ask = async (form) => {
    const button = form.querySelector("button");
    button.disabled = true;
    form.querySelector("[data-problem]").hidden = true;
    if (waiting) waiting.abort();
    try {
      const given = JSON.parse(form.dataset.options);
      give(form, form.dataset.webauthn === "create"
        ? await navigator.credentials.create({ publicKey: createOptions(given) })
        : await navigator.credentials.get({ publicKey: getOptions(given) }));
    } catch (error) {
      say(form, error);
      button.disabled = false;
      button.focus();
    }
  };
  const offer = async (form) => {
    if (!PublicKeyCredential.isConditionalMediationAvailable || !(await PublicKeyCredential.isConditionalMediationAvailable())) return;
    waiting = new AbortController();
    try {
      const options = getOptions(JSON.parse(form.dataset.options));
      give(form, await navigator.credentials.get({ mediation: "conditional", signal: waiting.signal, publicKey: options }));
    } catch (error) {
      if (error.name !== "AbortError") say(form, error);
    }
  };

  for (const form of document.querySelectorAll("form[data-webauthn]")) {
    if (!window.PublicKeyCredential) continue; // the form stays hidden, and the page says why
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
    if (form.dataset.conditional !== undefined) offer(form);
  }
  for (const place of document.querySelectorAll("[data-without-webauthn]")) place.hidden = Boolean(window.PublicKeyCredential);
  const onward = document.querySelector("form[data-submit]"); // a form that only carries the browser on
  if (onward) onward.submit();
})();
