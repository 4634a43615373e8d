// InterestMap in the browser: h from what is switched on, and the items nearest to it by the cosine
// in the space that Python sent. The map shows where they are; it decides nothing.

const MAP = 400; // the map's width in its own units; its edge holds the outermost dots
const EDGE = 16, REACH = 14;
const STAR = "M0-11 2.8-3.6 10.5-3.4 4.4 1.4 6.5 8.9 0 4.6-6.5 8.9-4.4 1.4-10.5-3.4-2.8-3.6Z";

const percent = (share) => `${Math.round(100 * share)} %`;

// How much of h each item makes, by its place; ages count the later events that are on.
function sharesOf(person, isOn, gamma) {
  const events = person.events.filter(([at]) => isOn(at));
  const shares = new Map();
  events.forEach(([at, w], n) => shares.set(at, (shares.get(at) ?? 0) + w * gamma ** (events.length - 1 - n)));
  const total = [...shares.values()].reduce((sum, w) => sum + w, 0);
  return new Map(total > 0 ? [...shares].map(([at, w]) => [at, w / total]) : []);
}

// The cosine of every item to h; null where h points nowhere. Added axis by axis, as in Python.
function cosines({ vectors, scale }, shares) {
  const h = (vectors[0] ?? []).map(() => 0);
  for (const [at, share] of shares) h.forEach((_, axis) => (h[axis] += share * vectors[at][axis]));
  const length = Math.sqrt(h.reduce((sum, much) => sum + much * much, 0));
  if (!(length > 1)) return null;
  return vectors.map((v) => h.reduce((sum, much, axis) => sum + much * v[axis], 0) / length / scale);
}

// A place in the list; its title is a button that finds the item on the map.
function listed(item, tone, group) {
  const [place, score] = ["place", "score"].map((name) => make("span", name));
  const find = make("button", "find", make("span", "title", item.title));
  Object.assign(find, { type: "button", title: item.title });
  const body = make("span", "body", find, ...(group ? [make("span", "group", group)] : []));
  const cover = picture(item);
  cover.classList.add(`xdrec-lab-m${tone}`);
  const node = make("li", "item", place, cover, body, score);
  const fill = (rank, cosine) => {
    place.textContent = rank;
    score.textContent = cosine.toFixed(2);
    score.title = cosine.toFixed(6);
  };
  return { node, find, fill };
}

let groups = 0; // names of radio groups must differ on a page

const CHINESE = {
  "what u did, the newest first": "用户的历史，由新到旧",
  "All on": "全部打开",
  "All off": "全部关闭",
  weights: "权重",
  mean: "平均",
  "recency, γ = {gamma}": "近期优先，γ = {gamma}",
  "nearest to h": "与 h 最近",
  list: "列表",
  all: "全部",
  unknown: "未知",
  "Map of {n} items. The history is switched on and off by the buttons above, too.":
    "{n} 个物品的地图。历史也可用上方的按钮打开或关闭。",
  "Point at a dot to read its title; a dot with a ring is switched by a click. The star is h.":
    "指向圆点可查看标题；点击带圈的圆点可开关。星形即 h。",
  "on: {share} of h": "已打开：占 h 的 {share}",
  off: "已关闭",
  "cosine to h {cosine}": "与 h 的余弦 {cosine}",
  "Nothing is on: no interest, so nothing to list.": "没有打开任何一项：没有兴趣，也就没有可列出的物品。",
  "What is on cancels out: no interest, so nothing to list.": "打开的各项相互抵消：没有兴趣，也就没有可列出的物品。",
  "Nothing to list.": "没有可列出的物品。",
  "{n} of {all} on.": "已打开 {all} 项中的 {n} 项。",
  "h and the cosines are those of the whole vectors; the map's two axes hold {share} of their variance, so what is near on it need not be near in truth.":
    "h 与余弦按完整向量计算；地图的两个轴只保留其方差的 {share}，图上相近的未必真正相近。",
  "h and the cosines are those of the whole vectors; the places on the map were given, and h stands about where the mean of its items is.":
    "h 与余弦按完整向量计算；地图上的位置是给定的，h 大致位于其各项的平均位置。",
  "Shown are {n} of {all} items; the nearest are sought among them.": "显示 {all} 个物品中的 {n} 个；最近的物品在其中查找。",
  "The vectors are shortened: they keep {share} of the histories' variance.": "向量已缩短：保留各历史方差的 {share}。",
  "{n} items without a vector are left out.": "略去 {n} 个没有向量的物品。",
  "{n} older items of the history are left out.": "略去历史中 {n} 个较早的物品。",
};

const render = localized(CHINESE, (context) => {
  const { model, t } = context;
  const { on, deaf } = listeners();
  const put = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const person = () => model.get("data").users[model.get("user")];
  const idsOf = ({ events }) => [...new Set(events.map(([at]) => model.get("data").items[at].id))];
  const toggle = (id) => {
    const active = model.get("active");
    // In the order of the history, as Python keeps them.
    put("active", idsOf(person()).filter((each) => active.includes(each) !== (each === id)));
  };

  const menu = userMenu(context, on);
  on(menu, "change", () => put("active", idsOf(person()))); // as Python does for another user
  const chips = make("div", "switches");
  chips.setAttribute("role", "group");
  chips.setAttribute("aria-label", t("what u did, the newest first"));
  const [all, none] = [t("All on"), t("All off")].map((text) => make("button", "button", text));
  all.type = none.type = "button";
  on(all, "click", () => put("active", idsOf(person())));
  on(none, "click", () => put("active", []));

  // Radio buttons for a trait; `choices` are [value, label, class of a dot].
  const choice = (name, legend, choices) => {
    const group = `xdrec-lab-interest-${groups++}`;
    const node = make("fieldset", "choice", make("legend", "label", legend));
    node.hidden = choices.length < 2;
    const radios = choices.map(([value, text, tone]) => {
      const radio = make("input", "");
      Object.assign(radio, { type: "radio", name: group, value });
      on(radio, "change", () => put(name, value));
      const dot = tone === undefined ? "" : make("span", `dot xdrec-lab-m${tone}`);
      node.append(make("label", "", radio, dot, make("span", "title", text)));
      return radio;
    });
    return { node, show: (value) => radios.forEach((radio) => (radio.checked = radio.value === value)) };
  };
  const { recency, groups: names } = model.get("data");
  const weighting = choice("weighting", t("weights"), [
    ["mean", t("mean")], ["recency", t("recency, γ = {gamma}", { gamma: recency })],
  ]);
  const legend = names.length > 1 ? names.map((name, j) => [name, t(name), j]) : [];
  const among = choice("among", t("list"), legend.length ? [["", t("all")], ...legend] : []);
  const groupOf = (at) => (legend.length ? legend[model.get("data").group[at]][1] : "");

  const map = svg("svg", { class: "xdrec-lab-map", role: "img" });
  const layers = ["dots", "rays", "lit", "mine"].map((name) => svg("g", { class: `xdrec-lab-${name}` }));
  const spot = svg("circle", { r: 9, class: "xdrec-lab-spot" });
  const star = svg("path", { d: STAR, class: "xdrec-lab-h" });
  map.append(...layers, spot, star);
  const caption = make("figcaption", "caption");
  const list = make("ol", "list");
  list.setAttribute("role", "list"); // which a list without numbers of its own may lose
  list.setAttribute("aria-label", t("nearest to h"));
  const empty = make("p", "empty");
  const note = make("p", "note");
  const said = announcer();
  const figure = make("figure", "figure", map, caption, among.node);
  const both = make("div", "halves", figure, make("div", "", make("span", "label", t("nearest to h")), empty, list));
  const head = make("div", "head", menu, weighting.node, make("span", "buttons", all, none));
  const root = make("div", "", head, chips, both, note, said.node);

  let seen = {}; // the data and user that all this was made for
  let cards = new Map(), switches = new Map(), marks = new Map(), rays = new Map();
  let pointed = null, known = { shares: new Map(), close: null };
  const x = (at) => EDGE + model.get("data").x[at] * (MAP - 2 * EDGE);
  const y = (at) => EDGE + model.get("data").y[at] * (MAP - 2 * EDGE);
  const dot = (at, r) => svg("circle", { cx: x(at), cy: y(at), r, class: `xdrec-lab-m${model.get("data").group[at]}` });

  // What is pointed at gets a ring on the map and its title below.
  function point(at) {
    pointed = at;
    spot.style.display = at === null ? "none" : "";
    if (at === null) {
      caption.textContent = t("Point at a dot to read its title; a dot with a ring is switched by a click. The star is h.");
      return;
    }
    spot.setAttribute("cx", x(at));
    spot.setAttribute("cy", y(at));
    const share = known.shares.get(at);
    const about =
      share !== undefined ? t("on: {share} of h", { share: percent(share) })
      : switches.has(at) ? t("off")
      : known.close ? t("cosine to h {cosine}", { cosine: known.close[at].toFixed(2) })
      : "";
    const title = make("span", "title", model.get("data").items[at].title);
    caption.replaceChildren(title, make("span", "", [groupOf(at), about].filter(Boolean).join(" · ")));
  }
  // The dot under the pointer; a finger, too, finds one. Those of the history are found first.
  const under = (event) => {
    const box = map.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top].map((d) => (d * MAP) / box.width);
    const far = model.get("data").x.map((_, at) => Math.hypot(x(at) - px, y(at) - py) - (switches.has(at) ? 4 : 0));
    const best = far.reduce((least, d, at) => (d < far[least] ? at : least), 0);
    return far[best] < REACH ? best : null;
  };
  on(map, "pointermove", (event) => point(under(event)));
  on(map, "pointerleave", () => point(null));
  on(map, "click", (event) => {
    const at = under(event);
    if (switches.has(at)) toggle(model.get("data").items[at].id);
    point(at);
  });
  const points = (node, at) => {
    ["pointerenter", "focus", "click"].forEach((event) => on(node, event, () => point(at)));
    ["pointerleave", "blur"].forEach((event) => on(node, event, () => point(null)));
  };
  // One stop of the Tab key for the whole list; the arrow keys go through it.
  on(list, "keydown", (event) => {
    const finds = [...list.querySelectorAll("button")];
    const at = finds.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: finds.length - 1 }[event.key];
    if (!finds[to]) return;
    event.preventDefault();
    finds.forEach((find, n) => (find.tabIndex = n === to ? 0 : -1));
    finds[to].focus();
  });

  function build(data, user) {
    const { events, older } = data.users[user];
    const mine = [...new Set(events.map(([at]) => at))].reverse();
    cards = new Map();
    switches = new Map(mine.map((at) => {
      const item = data.items[at];
      const parts = [make("span", "title", item.title), make("span", "value")];
      const chip = make("button", `switch xdrec-lab-m${data.group[at]}`, ...parts);
      if (item.cover) chip.prepend(picture(item));
      Object.assign(chip, { type: "button", title: [item.title, groupOf(at)].filter(Boolean).join(" · ") });
      chip.setAttribute("role", "switch");
      on(chip, "click", () => toggle(item.id));
      points(chip, at);
      return [at, chip];
    }));
    chips.replaceChildren(...switches.values());
    marks = new Map(mine.map((at) => [at, dot(at, 6)]));
    const others = data.items.map((_, at) => at).filter((at) => !marks.has(at));
    layers[0].replaceChildren(...others.map((at) => dot(at, 3)));
    layers[1].replaceChildren();
    rays = new Map();
    layers[3].replaceChildren(...marks.values());
    map.setAttribute("viewBox", `0 0 ${MAP} ${data.high * (MAP - 2 * EDGE) + 2 * EDGE}`);
    const [n, all] = [data.items.length, data.all];
    map.setAttribute("aria-label", t("Map of {n} items. The history is switched on and off by the buttons above, too.", { n }));
    note.textContent = [
      data.axes === null
        ? t("h and the cosines are those of the whole vectors; the places on the map were given, and h stands about where the mean of its items is.")
        : t("h and the cosines are those of the whole vectors; the map's two axes hold {share} of their variance, so what is near on it need not be near in truth.", { share: percent(data.axes) }),
      n < all && t("Shown are {n} of {all} items; the nearest are sought among them.", { n, all }),
      data.kept < 1 && t("The vectors are shortened: they keep {share} of the histories' variance.", { share: percent(data.kept) }),
      data.without > 0 && t("{n} items without a vector are left out.", { n: data.without }),
      older > 0 && t("{n} older items of the history are left out.", { n: older }),
    ].filter(Boolean).join(" ");
    menu.value = user;
    point(null);
  }

  function draw() {
    const [data, user, active] = ["data", "user", "active"].map((name) => model.get(name));
    if (seen.data !== data || seen.user !== user) build(data, user);
    seen = { data, user };
    weighting.show(model.get("weighting"));
    among.show(model.get("among"));
    const isOn = (at) => active.includes(data.items[at].id);
    const shares = sharesOf(data.users[user], isOn, model.get("weighting") === "recency" ? data.recency : 1);
    const close = cosines(data, shares);
    known = { shares, close };

    const had = new Set(data.users[user].had);
    const only = names.indexOf(model.get("among"));
    const free = data.items.map((_, at) => at).filter((at) => !had.has(at) && (only < 0 || data.group[at] === only));
    const best = close ? free.sort((a, b) => close[b] - close[a] || a - b).slice(0, model.get("k")) : [];
    const [hx, hy] = [x, y].map((place) => [...shares].reduce((sum, [at, share]) => sum + share * place(at), 0));
    star.style.display = close ? "" : "none";
    star.style.transform = `translate(${hx.toFixed(2)}px, ${hy.toFixed(2)}px)`;
    for (const [at, chip] of switches) {
      chip.setAttribute("aria-checked", isOn(at));
      chip.lastChild.textContent = isOn(at) ? percent(shares.get(at) ?? 0) : "–";
      marks.get(at).classList.toggle("xdrec-lab-on", isOn(at));
    }
    // A ray that stays glides with the star where the browser can; elsewhere it jumps.
    for (const [at, ray] of rays) if (!best.includes(at)) ray.remove(), rays.delete(at);
    for (const at of best) {
      if (!rays.has(at)) rays.set(at, layers[1].appendChild(svg("path", { class: "xdrec-lab-ray" })));
      const path = `M${hx.toFixed(2)} ${hy.toFixed(2)}L${x(at)} ${y(at)}`;
      rays.get(at).setAttribute("d", path);
      rays.get(at).style.setProperty("d", `path("${path}")`);
    }
    layers[2].replaceChildren(...best.map((at) => dot(at, 6)));
    reorder(list, () => best.map((at, i) => {
      if (!cards.has(at)) {
        cards.set(at, listed(data.items[at], data.group[at], groupOf(at)));
        points(cards.get(at).find, at);
      }
      const { node, find, fill } = cards.get(at);
      find.tabIndex = i ? -1 : 0;
      fill(i + 1, close[at]);
      return node;
    }));
    list.hidden = !best.length;
    empty.hidden = best.length > 0;
    empty.textContent = close ? t("Nothing to list.")
      : shares.size ? t("What is on cancels out: no interest, so nothing to list.")
      : t("Nothing is on: no interest, so nothing to list.");
    point(pointed);
    const first = best.length ? t("First: {title}", { title: data.items[best[0]].title }) : empty.textContent;
    said.say(`${t("{n} of {all} on.", { n: [...switches.keys()].filter(isOn).length, all: switches.size })} ${first}`);
  }

  const watched = ["user", "active", "weighting", "among", "k", "data"];
  return mount(context, root, watched, draw, [deaf, said.stop]);
});

export default { render };
