/// The part of the page's script that keeps the person's own key and signs decisions with it.
///
/// The private half is made so that no script can read it, and lies in the browser's database (IndexedDB). What is signed is what
/// `Permits.OwnSignature` reads.
enum KeyScript {
  static let text = #"""
    "use strict";
    (() => {
      const body = document.body, mode = body.dataset.keys;
      if (!mode) return;
      const one = (selector, root = document) => root.querySelector(selector);
      const told = text => { for (const e of document.querySelectorAll("#signing, #own-key")) e.textContent = text; };
      const can = isSecureContext && crypto.subtle && window.indexedDB;
      if (!can) told("This browser cannot sign here: keys need https, or the very machine that the service runs on.");

      // The browser's database: by person what signs for them, and under "pending" a key whose sign-in is under way.
      const store = (kind, work) => new Promise((done, failed) => {
        const opening = indexedDB.open("countersign-keys", 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
        opening.onerror = () => failed(opening.error);
        opening.onsuccess = () => {
          const change = opening.result.transaction("keys", kind), asked = work(change.objectStore("keys"));
          change.oncomplete = () => { opening.result.close(); done(asked.result); };
          change.onerror = change.onabort = () => { opening.result.close(); failed(change.error); };
        };
      });
      const find = name => store("readonly", keys => keys.get(name));
      const keep = (name, value) => store("readwrite", keys => keys.put(value, name));
      const drop = name => store("readwrite", keys => keys.delete(name));

      const utf8 = text => new TextEncoder().encode(text);
      const base64url = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
      const hash = async text => new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text)));
      const hex = bytes => [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");
      const make = async () => {
        const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
        const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
        const jwk = { crv, kty, x, y };
        return { key: pair.privateKey, jwk, kid: base64url(await hash(JSON.stringify(jwk))) };
      };
      const sign = async (own, typ, claims) => {
        const signed = base64url(utf8(JSON.stringify({ alg: "ES256", kid: own.kid, typ }))) + "." + base64url(utf8(JSON.stringify(claims)));
        return signed + "." + base64url(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, own.key, utf8(signed)));
      };
      const now = () => Math.floor(Date.now() / 1000);
      const send = (place, members) => fetch(place, { method: "POST", body: new URLSearchParams({ token: body.dataset.session, ...members }), redirect: "error" });

      const name = body.dataset.person && body.dataset.issuer + " " + body.dataset.person;
      // By the service's clock, which this browser's may be far from.
      const counts = own => own && Date.parse(own.until) > Date.now() + own.skew * 1000 + 60000;
      // Whatever happens here, the page works on: a decision that must be signed and is not is refused by the service.
      const ready = !can || !name ? Promise.resolve(null) : (async () => {
        const own = await find(name);
        if (counts(own) && own.session === body.dataset.session) return own;
        const pending = mode === "provider" ? await find("pending") : null;
        if (mode === "provider" && !pending) {
          if (counts(own)) return own;
          told("This browser has no key of yours: sign out and in again to have one.");
          return null;
        }
        const fresh = pending || own || await make();
        let answer = await send("/keys", { jwk: JSON.stringify(fresh.jwk) }), used = fresh;
        if (answer.status === 409 && mode === "demo") { used = await make(); answer = await send("/keys", { jwk: JSON.stringify(used.jwk) }); }
        if (!answer.ok) {
          if (answer.status < 500) await drop("pending");
          told("Your key could not be registered: " + ((await answer.json().catch(() => ({}))).detail || answer.status));
          return counts(own) ? own : null;
        }
        const { certificate, until, now: theirs } = await answer.json();
        const registered = { ...used, certificate, until, skew: theirs - now(), session: body.dataset.session };
        await keep(name, registered);
        await drop("pending");
        return registered;
      })().catch(() => { told("This browser keeps no keys: what must be signed cannot be done here."); return null; });
      ready.then(own => {
        if (!own) return;
        told("Your browser signs with its key " + own.kid.slice(0, 12) + "….");
        const row = one(`tr[data-kid="${own.kid}"] .this-browser`);
        if (row) row.hidden = false;
      });

      // A sign-in begins with a key, so that the provider's answer binds it.
      addEventListener("click", async event => {
        const link = event.target.closest && event.target.closest("a[href^='/sign-in']");
        if (!link || mode !== "provider" || !can) return;
        event.preventDefault();
        let place = link.getAttribute("href");
        try {
          const fresh = await make();
          await keep("pending", fresh);
          place += (place.includes("?") ? "&" : "?") + "key=" + fresh.kid;
        } catch { }
        location.href = place;
      });

      const hidden = (form, members) => {
        for (const [name, value] of Object.entries(members)) {
          const input = document.createElement("input");
          (input.type = "hidden", input.name = name, input.value = value);
          form.append(input);
        }
      };
      const decision = async (form, own) => {
        const value = name => (form.elements[name] && form.elements[name].value) || "";
        let act = form.dataset.act || "";
        if (value("verb") === "edit") {
          const answer = await fetch(`/tasks/${body.dataset.task}/action`, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "error" });
          if (!answer.ok) return;
          act = hex(await hash((await answer.json()).canonical));
        }
        const jti = hex((await hash(body.dataset.task + "\n" + value("key"))).slice(0, 16));
        hidden(form, {
          own: await sign(own, "countersign-decision+jwt", {
            jti, case: body.dataset.task, version: Number(value("version")), view: value("view"), act, verb: value("verb"),
            code: value("code"), person_iss: body.dataset.issuer, sub: body.dataset.person, iat: now() + own.skew }),
          own_key: own.certificate });
      };
      const glass = async (form, own) => {
        const value = name => form.elements[name].value;
        const jti = hex((await hash(body.dataset.task + "\n" + value("key"))).slice(0, 16));
        // As the form sends it: its lines end in a plain newline there.
        const reason = value("reason").replace(/\r\n?/g, "\n");
        hidden(form, {
          own: await sign(own, "countersign-glass+jwt", {
            jti, case: body.dataset.task, reason, ticket: value("ticket"), minutes: Number(value("minutes")),
            person_iss: body.dataset.issuer, sub: body.dataset.person, iat: now() + own.skew }),
          own_key: own.certificate });
      };
      const start = async (form, own) => {
        const choice = form.elements.workflow;
        hidden(form, {
          own: await sign(own, "countersign-start+jwt", {
            workflow: choice.value, stopped: Number(choice.selectedOptions[0].dataset.at), person_iss: body.dataset.issuer, sub: body.dataset.person,
            iat: now() + own.skew }),
          own_key: own.certificate });
      };
      const end = async (own, kid) => send("/keys/end", {
        kid, ending: await sign(own, "countersign-key-end+jwt", { kid, iat: now() + own.skew }), certificate: own.certificate });

      addEventListener("submit", async event => {
        const form = event.target, place = (event.submitter && event.submitter.getAttribute("formaction")) || form.getAttribute("action") || "";
        if (!can || !name || event.defaultPrevented) return;
        const work = place.endsWith("/decision") ? decision : place.endsWith("/break-glass") ? glass : place === "/starts" ? start : null;
        if (work && !form.elements.own) {
          event.preventDefault();
          try { const own = await ready; if (own) await work(form, own); } catch { }
          form.submit();
        } else if (place === "/sign-out" || place === "/keys/end") {
          event.preventDefault();
          const own = await ready.catch(() => null), kid = place === "/keys/end" ? form.elements.kid.value : own && own.kid;
          try {
            if (own && kid) {
              const answer = await end(own, kid);
              if (!answer.ok && place === "/keys/end") { told("It is still in use: " + ((await answer.json().catch(() => ({}))).detail || answer.status)); return; }
              if (kid === own.kid) await drop(name);
            } else if (place === "/keys/end") { told("Only a key of yours, or a bearer token at policy’s API, can end one."); return; }
          } catch { }
          if (place === "/sign-out") form.submit(); else location.reload();
        }
      });
    })();
    """#
}
