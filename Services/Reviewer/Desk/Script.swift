/// The page's script: keys and clocks. Everything works without it.
enum Script {
  static let text = #"""
    "use strict";
    (() => {
      const scale = Number(document.body.dataset.scale) || 1;
      const began = performance.now();
      const clocks = [...document.querySelectorAll("[data-left]")].map(e => [e, Number(e.dataset.left)]);
      const span = s => {
        s = Math.floor(s);
        if (s < 600) return Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0");
        if (s < 7200) return Math.floor(s / 60) + " min";
        return s < 172800 ? Math.floor(s / 3600) + " h" : Math.floor(s / 86400) + " d";
      };
      const tick = () => {
        const passed = (performance.now() - began) / 1000 * scale;
        for (const [e, left] of clocks) {
          const now = left - passed;
          e.textContent = (now < 0 ? "late " : "") + span(Math.abs(now));
          e.parentElement.classList.toggle("soon", now < 120);
        }
      };
      if (clocks.length) setInterval(tick, 1000);

      const links = [...document.querySelectorAll("a.task")];
      const move = step => {
        if (!links.length) {
          const link = document.querySelector(step > 0 ? "a[rel=next]" : "a[rel=prev]");
          if (link) link.click();
          return;
        }
        const at = links.indexOf(document.activeElement);
        links[at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + step))].focus();
      };
      const act = key => {
        const target = document.querySelector(`[data-key="${key}"]`);
        if (!target) return;
        if (target.tagName === "DETAILS") {
          target.open = true;
          (target.querySelector("form input:not([type=hidden]), form textarea, form select, form button") || target.querySelector("summary")).focus();
        } else target.click();
      };
      const pick = number => {
        const open = document.activeElement.closest("details.verb[open]") || document.querySelector("details.verb[open]");
        const choice = open && open.querySelectorAll("input[type=radio]")[number - 1];
        if (choice) { choice.checked = true; choice.focus(); }
      };
      addEventListener("keydown", event => {
        const at = event.target;
        const types = at.matches("input:not([type=radio]):not([type=checkbox]), textarea, select");
        if (types && event.key === "Enter" && (event.ctrlKey || event.metaKey)) { at.form.requestSubmit(); return; }
        if (types || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
        if (event.key === "j") move(1);
        else if (event.key === "k") move(-1);
        else if (event.key === "?") document.getElementById("keys").showModal();
        else if (/^[1-9]$/.test(event.key)) pick(Number(event.key));
        else if (/^[caeruxz]$/.test(event.key)) act(event.key);
        else return;
        event.preventDefault();
      });
    })();
    """#
}
