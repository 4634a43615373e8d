// What the widgets share; Python puts this text before each one's own (`xdrec.lab.base`).
// Titles come from strangers: they are only ever set as text.

const MOVE = { duration: 420, easing: "cubic-bezier(.2, .7, .2, 1)" };
const HASTE = 120; // milliseconds between moves below which a hand is on its way
const HUSH = 500; // milliseconds of rest before a screen reader is told the new top item

const make = (tag, name, ...children) => {
  const node = document.createElement(tag);
  if (name) node.className = `xdrec-lab-${name}`;
  node.append(...children);
  return node;
};

const svg = (tag, attributes, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  node.append(...children);
  return node;
};

function picture(item) {
  if (!item.cover) return make("span", "cover", [...item.title][0] ?? "");
  const image = make("img", "cover");
  Object.assign(image, { src: item.cover, alt: "", title: item.title });
  return image;
}

// The same in the place of another item's, of which it takes over what it can.
function repicture(old, item) {
  if ((old.tagName === "IMG") !== Boolean(item.cover)) old.replaceWith(picture(item));
  else if (item.cover) Object.assign(old, { src: item.cover, title: item.title });
  else old.textContent = [...item.title][0] ?? "";
}

const gliding = new WeakMap(); // the animation under way of a node
const top = (node) => node.getBoundingClientRect().top;

// From where each node stood (undefined: it is new) to where it stands.
function glide(nodes, before) {
  nodes.forEach((node) => gliding.get(node)?.cancel());
  const after = nodes.map(top);
  nodes.forEach((node, i) => {
    if (before[i] === after[i]) return;
    const start = before[i] === undefined ? { opacity: 0 } : { transform: `translateY(${before[i] - after[i]}px)` };
    const end = before[i] === undefined ? { opacity: 1 } : { transform: "none" };
    gliding.set(node, node.animate([start, end], MOVE));
  });
}

const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// `arrange()` gives the nodes of a list in their new order; each glides there from where it stands.
// Where they stand is asked for before anything changes and once after, so that a move costs the
// browser one layout.
function reorder(list, arrange) {
  const before = new Map(still() ? [] : [...list.children].map((node) => [node, top(node)]));
  const nodes = arrange();
  for (const node of [...list.children]) if (!nodes.includes(node)) node.remove();
  nodes.forEach((node, i) => {
    if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null);
  });
  if (before.size) glide(nodes, nodes.map((node) => before.get(node)));
}

// The same where rows hold nothing that could have the focus: the rows stay and what stands in them
// goes on, which costs the browser far less. `row(i)` makes the i-th, `{ node, show }`; what is
// returned takes what is to be shown, each with a `key` to be known by.
//
// Nothing glides while moves follow one another faster than an eye could follow the rows.
function places(list, row) {
  const rows = [];
  let keys = [];
  let last = -HASTE;
  return (entries) => {
    const now = performance.now();
    const calm = now - last >= HASTE && !still();
    last = now;
    const stood = new Map(calm ? keys.map((key, i) => [key, top(rows[i].node)]) : []);
    if (!calm) rows.forEach((one) => gliding.get(one.node)?.cancel());
    while (rows.length < entries.length) {
      rows.push(row(rows.length));
      list.append(rows.at(-1).node);
    }
    rows.splice(entries.length).forEach((one) => one.node.remove());
    keys = entries.map((entry) => entry.key);
    rows.forEach((one, i) => one.show(entries[i]));
    if (stood.size) glide(rows.map((one) => one.node), keys.map((key) => stood.get(key)));
  };
}

// Tells a screen reader, once things have come to rest.
function announcer() {
  const node = make("div", "said");
  node.setAttribute("aria-live", "polite");
  let timer = null;
  const say = (text) => {
    clearTimeout(timer);
    if (node.textContent !== text) timer = setTimeout(() => (node.textContent = text), HUSH);
  };
  return { node, say, stop: () => clearTimeout(timer) };
}

// A menu of users that follows the model and is followed by it.
function userMenu({ model, t }, on) {
  const menu = make("select", "user");
  menu.setAttribute("aria-label", t("user"));
  menu.append(...model.get("data").order.map((user) => new Option(user, user)));
  menu.hidden = menu.options.length < 2;
  on(menu, "change", () => {
    model.set("user", menu.value);
    model.save_changes();
  });
  return menu;
}

// Draws once a frame however many changes come; what it returns ends that.
function follow(model, names, draw) {
  let frame = null;
  const once = () => {
    frame ??= requestAnimationFrame(() => {
      frame = null;
      draw();
    });
  };
  const watched = names.map((name) => `change:${name}`);
  watched.forEach((event) => model.on(event, once));
  return () => {
    watched.forEach((event) => model.off(event, once));
    cancelAnimationFrame(frame);
  };
}

// Listeners that all end at once.
function listeners() {
  const listening = new AbortController();
  const on = (node, event, act) => node.addEventListener(event, act, { signal: listening.signal });
  return { on, deaf: () => listening.abort() };
}

const COMMON = {
  user: "用户",
  "chosen so far": "历史选择",
  "First: {title}": "第一位：{title}",
  Reset: "重置",
};

// A widget in the reader's language. `build` gets `t`, which says an English text in that language,
// what stands in {braces} filled in; `own` has the widget's Chinese texts beside those in COMMON.
// After a switch it is built anew, and with it every other widget of the page.
const localized = (own, build) => ({ model, el }) => {
  const chinese = { ...COMMON, ...own };
  let end = null;
  const start = () => {
    const focused = el.querySelector(".xdrec-lab-tongue") === document.activeElement;
    end?.();
    const tongue = model.get("language") === "zh" ? "zh" : "en";
    const said = (text) => (tongue === "zh" && Object.hasOwn(chinese, text) ? chinese[text] : text);
    const t = (text, fill = {}) => said(text).replace(/\{(\w+)\}/g, (whole, name) => fill[name] ?? whole);
    end = build({ model, el, t, tongue });
    if (focused && el.isConnected) el.querySelector(".xdrec-lab-tongue").focus();
  };
  const turn = ({ detail }) => {
    model.set("language", detail);
    model.save_changes();
  };
  model.on("change:language", start);
  document.addEventListener("xdrec-language", turn);
  start();
  return () => {
    model.off("change:language", start);
    document.removeEventListener("xdrec-language", turn);
    end();
  };
};

// Offers the other language, in its own words.
function tongueSwitch(tongue, on) {
  const [other, name] = tongue === "zh" ? ["en", "English"] : ["zh", "中文"];
  const button = make("button", "tongue", name);
  Object.assign(button, { type: "button", lang: other });
  on(button, "click", () => document.dispatchEvent(new CustomEvent("xdrec-language", { detail: other })));
  return button;
}

// In a notebook every widget brings its own style. What all share stands there once and before them:
// a copy that came later would overrule what a widget says otherwise. The book links it (SHEET null).
function dress(root) {
  if (SHEET === null) return;
  const home = root.getRootNode() instanceof ShadowRoot ? root.getRootNode() : document.head;
  const old = home.querySelector("style[data-xdrec]");
  if (old?.textContent === SHEET) return;
  old?.remove(); // of another version
  const style = document.createElement("style");
  style.dataset.xdrec = "shared";
  style.textContent = SHEET;
  const own = [...home.querySelectorAll("style")].find((each) => each.textContent.includes(".xdrec-lab"));
  own ? own.before(style) : home.append(style);
}

// The widget into its element, drawn anew when what is watched changes; what it returns ends it.
function mount({ model, el, tongue }, root, watched, draw, ends) {
  root.className = "xdrec-lab";
  root.lang = tongue;
  const { on, deaf } = listeners();
  root.append(tongueSwitch(tongue, on));
  // JupyterLab would take the arrow keys for moving from cell to cell.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  const unfollow = follow(model, watched, draw);
  el.append(root);
  dress(root);
  draw();
  return () => {
    [unfollow, deaf, ...ends].forEach((end) => end());
    root.remove();
  };
}
