"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const NARROW = window.matchMedia("(max-width: 640px)");
  const OWN = ["label", "shown", "range", "value", "low", "high", "covered"];
  const SHARED = ["period", "unit", "status", "formula", "how", "source", "command"];
  let told = null; // the drawers' content, read when first needed
  let open = null; // the figure whose drawer is open

  const content = () => (told ??= JSON.parse(byId("drawers").textContent));

  const figureOf = (id) => {
    const row = content().figures[id];
    if (!row) return null;
    const [shared, rows, count, inputs] = row.slice(OWN.length);
    const figure = { rows, count, inputs };
    OWN.forEach((name, place) => { figure[name] = row[place]; });
    SHARED.forEach((name, place) => { figure[name] = content().words[shared[place]]; });
    return figure;
  };

  /* An element with text and children: text is never read as markup. */
  const make = (tag, css, ...children) => {
    const made = document.createElement(tag);
    if (css) made.className = css;
    made.append(...children.filter((child) => child !== null));
    return made;
  };

  const badge = (status) => {
    const sign = make("i");
    sign.setAttribute("aria-hidden", "true");
    return make("span", `badge b-${status}`, sign, status);
  };

  const pair = (name, value) => [make("dt", "", name), make("dd", "", value)];

  const digits = (value) => (value === "null" ? "unknown" : value);

  const numbers = (figure) => {
    const list = make("dl", "digits", ...pair("value", digits(figure.value)));
    if (figure.low !== "null") list.append(...pair("low", figure.low));
    if (figure.high !== "null") list.append(...pair("high", figure.high));
    list.append(...pair("unit", figure.unit));
    if (figure.covered !== "null") list.append(...pair("attributed", figure.covered));
    if (figure.source) list.append(...pair("preferred source", figure.source));
    return list;
  };

  const factRow = (place) => {
    const [id, says, value, source, ...shared] = content().facts[place];
    const [unit, period, status, published] = shared.map((word) => content().words[word]);
    const [title, license] = content().sources[source];
    const isWords = unit === "" || unit === "words"; // a membership or a leg states no amount
    const amount = value === null ? (isWords ? "in words" : "unknown") : String(value);
    const cells = [[id, "id"], [says, ""], [amount, "num"], [isWords ? "" : unit, ""], [period, ""],
      [badge(status), ""], [title, ""], [published, ""], [license, ""]];
    return make("tr", "", ...cells.map(([cell, css]) => make("td", css, cell)));
  };

  const rows = (figure) => {
    if (!figure.count) return make("p", "", "No rows: it is made of other figures.");
    const names = ["row", "what it says", "value", "unit", "period", "status", "source", "published", "licence"];
    const head = make("tr", "", ...names.map((name) => make("th", name === "value" ? "num" : "", name)));
    const body = make("tbody", "", ...figure.rows.map(factRow));
    const table = make("div", "scroll", make("table", "plain inputs", make("thead", "", head), body));
    const left = figure.count - figure.rows.length;
    return make("div", "", table, left > 0 ? make("p", "lab", `and ${left} more rows: in the JSON`) : null);
  };

  const inputs = (figure) => {
    if (!figure.inputs.length) return null;
    const items = figure.inputs.map((id) => {
      const one = figureOf(id);
      return make("li", "", one ? `${one.label}, ${one.period}: ${one.shown} ${one.range}` : id);
    });
    return make("div", "", make("p", "lab", "Made of these figures"), make("ul", "made", ...items));
  };

  const drawer = (figure) => {
    const close = make("button", "x", "close");
    close.type = "button";
    close.addEventListener("click", () => shut(true));
    const when = figure.period ? `, ${figure.period}` : "";
    const title = make("h3", "", `${figure.label}${when}: ${figure.shown} ${figure.range}`);
    const [page, anchor] = figure.formula.split("#");
    const method = make("div", "",
      make("p", "lab", "Formula"), make("p", "formula", `methods page ${page}, `, make("code", "", `#${anchor ?? ""}`)),
      make("p", "lab", "Range"), make("p", "", figure.how), badge(figure.status));
    const made = make("div", "drawer",
      make("div", "dh", title, close),
      make("div", "dg", method, make("div", "", make("p", "lab", "To the last digit"), numbers(figure))),
      make("p", "lab", "Rows it was read from"), rows(figure), inputs(figure),
      make("p", "lab", "Reproduce to the last digit"), make("code", "cmd", figure.command));
    made.id = "drawer";
    made.setAttribute("role", "region");
    made.setAttribute("aria-label", `Work-sheet: ${figure.label}`);
    return made;
  };

  /* Under the row or block that holds the figure. */
  const place = (button, made) => {
    const under = button.closest("[data-under]");
    if (under.tagName !== "TR") return under.after(made);
    const cell = make("td", "", made);
    cell.colSpan = [...under.cells].reduce((sum, one) => sum + one.colSpan, 0);
    under.after(make("tr", "drawer-row", cell));
    under.classList.add("open");
  };

  const shut = (returns) => {
    const made = byId("drawer");
    if (!made) return;
    (made.closest(".drawer-row") ?? made).remove();
    document.querySelector("tr.open")?.classList.remove("open");
    open.setAttribute("aria-expanded", "false");
    open.removeAttribute("aria-controls");
    if (returns) open.focus();
    open = null;
  };

  const toggle = (button) => {
    const wasOpen = button === open;
    shut(false);
    const figure = figureOf(button.dataset.figure);
    if (wasOpen || !figure) return;
    place(button, drawer(figure));
    button.setAttribute("aria-expanded", "true");
    button.setAttribute("aria-controls", "drawer");
    open = button;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-figure]");
    if (button && !button.closest("#drawer")) toggle(button);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return shut(true);
    const button = event.target.closest?.("[data-figure]");
    if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " " || event.key === "?") {
      event.preventDefault();
      toggle(button);
    }
  });

  /* The pictures: the loader answers made-up addresses from this page and knows no other. */
  /* The shapes of the map lie in the page as zlib in base64: a third of their size. */
  const shapes = {};
  const inflated = (text) => {
    const bytes = Uint8Array.from(atob(text.trim()), (one) => one.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
  };

  const loader = {
    load: (uri) => {
      if (!byId(uri)) return Promise.reject(new Error(`no ${uri} here`));
      shapes[uri] ??= inflated(byId(uri).textContent);
      return shapes[uri];
    },
    sanitize: (uri) => Promise.resolve({ href: uri }),
  };

  /* Numbers in a picture are figures like any other. */
  const tag = (host) => {
    for (const drawn of host.querySelectorAll(".mark-text text, .mark-symbol path")) {
      const id = drawn.__data__?.datum?.figure;
      const figure = id && !drawn.closest("[aria-hidden=true]") && figureOf(id);
      if (!figure) continue;
      for (const name of ["value", "low", "high"]) {
        if (name === "value" || figure[name] !== "null") drawn.dataset[name] = figure[name];
      }
      drawn.dataset.figure = id;
      drawn.classList.add("mark");
      drawn.setAttribute("aria-label", `${figure.label}, ${figure.period}: ${figure.shown} ${figure.range}`);
      if (drawn.tagName !== "text") continue;
      drawn.setAttribute("role", "button");
      drawn.setAttribute("tabindex", "0");
      drawn.setAttribute("aria-expanded", "false");
    }
  };

  const draw = async (host) => {
    host.dataset.drawn = "";
    const spec = JSON.parse(byId(host.dataset.spec).textContent);
    const options = { ast: true, defaultStyle: false, actions: false, renderer: "svg", hover: false, loader };
    try {
      await window.vegaEmbed(host, spec, options);
      tag(host);
    } catch (error) {
      host.textContent = "This picture could not be drawn. The table below it holds its figures.";
      console.error(error);
    }
  };

  const drawSeen = async () => {
    document.body.classList.toggle("narrow", NARROW.matches);
    const hosts = document.querySelectorAll(".picture:not([data-drawn])");
    for (const host of [...hosts].filter((one) => one.offsetParent !== null)) {
      await new Promise((resume) => { setTimeout(resume); }); // the page is read and answers while it is drawn
      await draw(host);
    }
  };

  NARROW.addEventListener("change", () => window.matchMedia("print").matches || drawSeen());

  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
    root.dataset.theme = isDark ? "light" : "dark";
  });

  const folds = document.querySelectorAll("details.fold");
  if (NARROW.matches) for (const fold of folds) fold.open = false;
  window.addEventListener("beforeprint", () => {
    shut(false);
    for (const fold of folds) fold.open = true;
  });

  drawSeen().then(() => { document.body.dataset.ready = ""; });
})();
