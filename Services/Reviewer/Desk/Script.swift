/// The page's script: keys, palette, clocks, drafts and live changes. Everything but drafts and live changes works without it.
enum Script {
  static let text = #"""
    "use strict";
    (() => {
      const body = document.body;
      const one = (selector, root = document) => root.querySelector(selector);
      const all = (selector, root = document) => [...root.querySelectorAll(selector)];

      // Clocks. Those of the story run faster where the installation's clock does; those in real time never do.
      const scale = Number(body.dataset.scale) || 1;
      const began = performance.now();
      const span = s => {
        s = Math.floor(s);
        if (s < 600) return Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0");
        if (s < 7200) return Math.floor(s / 60) + " min";
        return s < 172800 ? Math.floor(s / 3600) + " h" : Math.floor(s / 86400) + " d";
      };
      // Read out once at two minutes and once at one, not each second.
      const warn = (e, left) => {
        const at = left > 120 || left <= 0 ? 0 : left > 60 ? 120 : 60;
        if (!at) { if (left > 120) delete e.dataset.warned; return ""; }
        if (e.dataset.warned && Number(e.dataset.warned) <= at) return "";
        e.dataset.warned = at;
        const time = left > 60 ? "2 minutes" : left > 1 ? `${Math.ceil(left)} seconds` : "1 second";
        const label = one("small", e.parentElement).textContent;
        if (label === "yours for") return `Your claim ends in ${time}.` + (e.hasAttribute("data-lease") ? ` Press ${(own.c || "c").toUpperCase()} to keep it.` : "");
        return label.endsWith(" has it for") ? `${label.slice(0, -11)}’s claim ends in ${time}.` : `${time} ${label}.`;
      };
      const tick = () => {
        const passed = (performance.now() - began) / 1000;
        const warnings = [];
        for (const e of all("[data-left]")) {
          const left = Number(e.dataset.left) - passed * scale;
          e.textContent = (left < 0 ? "late " : "") + span(Math.abs(left));
          e.parentElement.classList.toggle("soon", left < 120);
          warnings.push(warn(e, left));
        }
        // At once, so that one does not take the place of another that is not read out yet.
        const words = warnings.filter(Boolean).join(" ");
        if (words) one("#warning").textContent = words;
        for (const e of all("[data-real]")) {
          const left = Number(e.dataset.real) - passed;
          if (left > 0) e.textContent = span(left); else e.closest("form, .revealed").remove();
        }
      };
      if (one("[data-left], [data-real]")) setInterval(tick, 1000);

      // Acts, by key and by palette.
      const move = step => {
        const links = all("a.task");
        if (!links.length) { const link = one(step > 0 ? "a[rel=next]" : "a[rel=prev]"); if (link) link.click(); return; }
        const at = links.indexOf(document.activeElement);
        links[at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + step))].focus();
      };
      const act = target => {
        if (!target) return;
        for (let fold = target.parentElement.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
        if (target.tagName === "DETAILS") {
          target.open = true;
          (one("form input:not([type=hidden]), form textarea, form select, form button", target) || one("summary", target)).focus();
        } else if (target.tagName === "TEXTAREA") target.focus();
        else target.click();
      };
      // What a page offers under a key goes before what its frame does.
      const keyed = key => one(`main [data-key="${key}"]`) || one(`[data-key="${key}"]`);
      const pick = number => {
        const at = document.activeElement, open = at.closest("details.verb[open]") || one("details.verb[open]");
        const choices = open ? all("input[type=radio]", open) : [], of = name => choices.filter(e => e.name === name);
        // Of several questions the digit answers the one that has the focus, else the first that has no answer.
        const names = [...new Set(choices.map(e => e.name))];
        const asked = at.type === "radio" && names.includes(at.name) ? at.name : names.find(name => !of(name).some(e => e.checked)) || names[0];
        const choice = of(asked)[number - 1];
        if (!choice) return;
        choice.checked = true;
        choice.focus();
        choice.dispatchEvent(new Event("input", { bubbles: true }));
        // In a form that begins empty what is still missing comes next.
        const missing = choice.form.hasAttribute("data-fill") && [...choice.form.elements].find(e => e.validity && e.validity.valueMissing);
        if (missing) missing.focus();
      };

      // The palette lists what the page itself offers, so it can offer nothing else.
      const palette = one("#palette"), search = one("#palette input"), list = one("#palette-list");
      let found = [], at = 0;
      const name = e => e.tagName === "TEXTAREA" ? "Comment" : (one("summary", e) || e).textContent.replace(/\s+/g, " ").replace(/…? [A-Z]$/, "").trim();
      const offers = () => all("[data-key]").map(e => ({ text: name(e), key: e.dataset.key, run: () => act(e) }))
        .concat(all("a.brand, a.queue, .kinds a, .title nav a, a.task").map(e => ({ text: "Go to " + e.textContent.replace(/\s+/g, " ").trim(), run: () => e.click() })));
      const draw = () => {
        list.replaceChildren(...found.map((offer, index) => {
          const item = document.createElement("li");
          item.setAttribute("role", "option");
          item.setAttribute("aria-selected", index === at);
          item.id = "offer-" + index;
          item.textContent = offer.text;
          if (offer.key) { const key = document.createElement("kbd"); key.textContent = (own[offer.key] || offer.key).toUpperCase(); item.append(" ", key); }
          item.addEventListener("click", () => { palette.close(); offer.run(); });
          return item;
        }));
        search.setAttribute("aria-activedescendant", found.length ? "offer-" + at : "");
        if (found.length) list.children[at].scrollIntoView({ block: "nearest" });
      };
      const filter = () => {
        const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
        found = offers().filter(offer => words.every(word => offer.text.toLowerCase().includes(word))).slice(0, 50);
        at = 0;
        draw();
      };
      const openPalette = () => { search.value = ""; palette.showModal(); filter(); search.focus(); };
      search.addEventListener("input", filter);
      search.addEventListener("keydown", event => {
        if (event.key === "ArrowDown") at = Math.min(at + 1, found.length - 1);
        else if (event.key === "ArrowUp") at = Math.max(at - 1, 0);
        else if (event.key === "Enter") { const offer = found[at]; palette.close(); if (offer) offer.run(); }
        else return;
        event.preventDefault();
        if (palette.open && found.length) draw();
      });

      // Keys of one's own: from what is pressed to what the desk calls it. A letter that was given away does nothing.
      const own = JSON.parse(body.dataset.keymap || "{}"), taken = new Set(Object.keys(own));
      const pressed = Object.fromEntries(Object.entries(own).map(([key, mine]) => [mine, key]));
      const meant = key => pressed[key] || (taken.has(key) ? "" : key);
      for (const e of all("[data-key]")) {
        const mine = own[e.dataset.key], shown = mine && one("kbd", e);
        if (shown && shown.textContent.toLowerCase() === e.dataset.key) shown.textContent = mine.toUpperCase();
      }
      const source = step => {
        const found = all(".source"), at = found.findIndex(e => e.contains(document.activeElement));
        const next = found[at < 0 ? (step > 0 ? 0 : found.length - 1) : Math.max(0, Math.min(found.length - 1, at + step))];
        if (!next) return;
        const fold = one("details", next);
        if (fold) fold.open = true;
        next.tabIndex = -1;
        next.focus();
      };
      // `g` alone goes to the tasks, a moment later; with another letter it goes there.
      let going = 0;
      const go = place => { clearTimeout(going); going = 0; location.href = place; };

      addEventListener("keydown", event => {
        const at = event.target;
        if (event.isComposing) return;
        if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); if (!one("dialog[open]")) openPalette(); return; }
        const types = at.matches("input:not([type=radio]):not([type=checkbox]), textarea, select");
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && at.form) { event.preventDefault(); at.form.requestSubmit(); return; }
        if (event.key === "Escape" && types) { at.blur(); return; }
        if (types || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
        if (body.hasAttribute("data-keys-off")) return;
        const key = meant(event.key);
        if (going && !["q", "o", "s", "g"].includes(key)) { clearTimeout(going); going = 0; }
        if (going) go({ q: "/queues", o: "/overview", s: "/settings", g: "/" }[key]);
        else if (key === "j") move(1);
        else if (key === "k") move(-1);
        else if (key === "g") going = setTimeout(() => go("/"), 700);
        else if (key === "[") source(-1);
        else if (key === "]") source(1);
        else if (key === "/") { const search = one("#search"); if (search) search.focus(); else location.href = "/#search"; }
        else if (event.key === "?") one("#keys").showModal();
        else if (/^[1-9]$/.test(event.key)) pick(Number(event.key));
        else if (/^[a-z]$/.test(key) && keyed(key)) act(keyed(key));
        else return;
        event.preventDefault();
      });

      // Policy answers in a moment.
      if (one("[data-pending]")) setTimeout(() => location.reload(), 1000);

      // Drafts: three seconds after the first change of a form it is kept at the server, again and again while that fails.
      const note = one("#draft");
      let dirty = null, saving = false;
      const save = async () => {
        if (!dirty || saving) return;
        const form = dirty;
        dirty = null;
        saving = true;
        try {
          const answer = await fetch(`/tasks/${body.dataset.task}/draft`, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "error" });
          if (!answer.ok) throw new Error(answer.status);
          if (note) note.textContent = "Draft kept at " + new Date().toLocaleTimeString();
        } catch {
          dirty = dirty || form;
          if (note) note.textContent = "Not connected: your draft is only on this page.";
        }
        saving = false;
      };
      if (body.dataset.task) {
        addEventListener("input", event => { if (event.target.form && event.target.form.action.endsWith("/decision")) dirty = event.target.form; });
        addEventListener("submit", event => {
          // What is typed in another form than the one that is sent is kept on the way out.
          if (dirty && dirty !== event.target) navigator.sendBeacon(`/tasks/${body.dataset.task}/draft`, new URLSearchParams(new FormData(dirty)));
          dirty = null;
        });
        setInterval(save, 3000);
      }

      // A claim is renewed while its reader is at work on a page that is seen; who went for lunch gives it back by doing nothing.
      const lease = one("[data-lease]");
      if (lease) {
        let active = false, isLongest = false;
        for (const kind of ["keydown", "pointerdown", "input", "wheel"]) addEventListener(kind, () => { active = true; }, { passive: true });
        setInterval(async () => {
          const passed = (performance.now() - began) / 1000;
          if (!active || isLongest || document.hidden || Number(lease.dataset.left) - passed * scale > 480 * scale) return;
          active = false;
          try {
            const answer = await fetch(`/tasks/${body.dataset.task}/renew`, { method: "POST", body: new URLSearchParams({ token: one("input[name=token]").value }), redirect: "error" });
            if (!answer.ok) return;
            const told = await answer.json();
            lease.dataset.left = told.left + (performance.now() - began) / 1000 * scale;
            isLongest = told.is_longest;
            if (isLongest) lease.removeAttribute("data-lease");
          } catch { active = true; }
        }, 30000);
      }

      if (location.hash === "#search" && one("#search")) one("#search").focus();

      // Live changes.
      const news = one("#news");
      const tell = (text, link) => {
        news.textContent = text + " ";
        if (link) { const a = document.createElement("a"); a.href = body.dataset.task ? "/tasks/" + body.dataset.task : location.pathname; a.textContent = link; news.append(a); }
        news.hidden = !text;
      };
      const refresh = async () => {
        const live = one("#live");
        if (!live || document.hidden) return;
        try {
          const answer = await fetch(location.href);
          if (!answer.ok) return;
          const fresh = one("#live", new DOMParser().parseFromString(await answer.text(), "text/html"));
          const focus = document.activeElement.getAttribute("href");
          if (fresh && fresh.innerHTML !== live.innerHTML) {
            live.replaceWith(fresh);
            if (focus) { const again = all("#live a").find(a => a.getAttribute("href") === focus); if (again) again.focus(); }
          }
        } catch { }
      };
      if (one("#live") || body.dataset.task) {
        const source = new EventSource("/live" + (body.dataset.task ? "?task=" + body.dataset.task : ""));
        let late = false, holder = body.dataset.holder;
        source.addEventListener("tasks", refresh);
        source.addEventListener("task", event => {
          const now = JSON.parse(event.data), others = (now.viewers || []).map(e => e.name);
          const viewers = one("#viewers");
          if (viewers) viewers.textContent = others.length ? others.join(", ") + (others.length > 1 ? " have" : " has") + " this before them, too." : "";
          if (now.state === "ended") tell("This task has ended.");
          else if (String(now.version) !== body.dataset.version) tell("The case has changed. What you wrote is kept.", "Show it");
          else if (now.state === "waiting" && one("details.verb")) tell("It was decided meanwhile.", "Show it");
          else if ((now.holder || "") !== holder) tell(now.holder ? ((now.viewers || []).find(e => e.person === now.holder) || { name: "Somebody" }).name + " has claimed it." : "It is free again.", "Show it");
          holder = now.holder || "";
        });
        source.addEventListener("error", () => { if (!late) { late = true; tell("Connection lost. What you write is kept as soon as it is back."); } });
        source.addEventListener("open", () => { if (late) { late = false; tell(""); refresh(); save(); } });
        document.addEventListener("visibilitychange", refresh);
      }
    })();
    """#
}
