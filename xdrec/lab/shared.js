// What the widgets share; Python puts this text before each one's own (`xdrec.lab.base`).
// Titles come from strangers: they are only ever set as text.

const MOVE = { duration: 420, easing: "cubic-bezier(.2, .7, .2, 1)" };
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

// The nodes of a list in their new order; each glides there from where it stands now.
function reorder(list, nodes) {
  const place = (node) => node.getBoundingClientRect().top;
  const before = new Map([...list.children].map((node) => [node, place(node)]));
  for (const node of before.keys()) if (!nodes.includes(node)) node.remove();
  nodes.forEach((node, i) => {
    if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null);
  });
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  nodes.forEach((node) => node.getAnimations().forEach((animation) => animation.cancel()));
  const after = nodes.map(place);
  nodes.forEach((node, i) => {
    const from = before.get(node);
    if (from === undefined) {
      if (before.size) node.animate([{ opacity: 0 }, { opacity: 1 }], MOVE);
    } else if (from !== after[i]) {
      const start = `translateY(${from - after[i]}px)`;
      node.animate([{ transform: start }, { transform: "none" }], MOVE);
    }
  });
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
function userMenu(model, on) {
  const menu = make("select", "user");
  menu.setAttribute("aria-label", "user");
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

// The widget into its element, drawn anew when what is watched changes; what it returns ends it.
function mount({ model, el }, root, watched, draw, ends) {
  root.className = "xdrec-lab";
  // JupyterLab would take the arrow keys for moving from cell to cell.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  const unfollow = follow(model, watched, draw);
  el.append(root);
  draw();
  return () => {
    [unfollow, ...ends].forEach((end) => end());
    root.remove();
  };
}
