// StreamView in the browser: what a click means, the interest in each group with its shelf, the list,
// and the log of events from which all of it is computed anew.

const SHOWN = 6, LONG = 60; // events of the log, letters of a title that is read out

const short = (title) => ([...title].length > LONG ? `${[...title].slice(0, LONG).join("")}…` : title);
const signed = (x, digits) => {
  const text = Math.abs(x).toFixed(digits);
  return `${x < 0 && Number(text) ? "−" : ""}${text}`;
};
const weighed = (w) => (w < 0 ? `−${-w}` : `+${w}`);

// u as RunningInterest has it, in the same steps and float32 where that has float32: the same bits.
// `events` are [place, w].
function folded({ vectors, recency }, events) {
  let faded = vectors[0].map(() => 0);
  let newest = faded;
  for (const [at, w] of events) {
    faded = faded.map((sum, axis) => recency * (sum + newest[axis]));
    newest = vectors[at].map((x) => Math.fround(Math.fround(w) * x));
  }
  return faded.map((sum, axis) => (sum + newest[axis]) / (events.length || 1));
}

// What follows from some events: u and its length, every item's cosine, what may be listed, best first,
// and the mean cosine of each group. Added axis by axis, as in Python.
function standing(data, events) {
  const u = folded(data, events);
  const length = Math.sqrt(u.reduce((sum, much) => sum + much * much, 0));
  const cosine = data.vectors.map((v) => u.reduce((sum, much, axis) => sum + much * v[axis], 0) / (length || 1));
  const had = new Set(events.map(([at]) => at));
  const free = [...cosine.keys()].filter((at) => !had.has(at));
  const order = free.sort((a, b) => cosine[b] - cosine[a] || a - b);
  const means = data.groups.map((_, j) => {
    const own = cosine.filter((_, at) => data.group[at] === j);
    return own.reduce((sum, c) => sum + c, 0) / own.length;
  });
  return { u, length, cosine, had, order, means };
}

function press(name, ...children) {
  const button = make("button", name, ...children);
  button.type = "button";
  return button;
}

// An item to be clicked. What a click does is in its name, for those who do not see the choice above.
function clicked(item, tone, ...more) {
  const button = press("tap", make("span", `hue xdrec-lab-m${tone}`), make("span", "title", item.title), ...more);
  button.title = item.title;
  const name = (text) => button.setAttribute("aria-label", text);
  return { button, name };
}

function listed(item, tone) {
  const [place, moved, score] = ["place", "shift", "score"].map((name) => make("span", name));
  const { button, name } = clicked(item, tone);
  const node = make("li", "item", place, button, moved, score);
  const fill = (rank, cosine, way, said) => {
    place.textContent = rank;
    score.textContent = signed(cosine, 2);
    score.title = cosine.toFixed(8);
    moved.textContent = way;
    moved.classList.toggle("xdrec-lab-fell", way[0] === "↓");
    name(said);
  };
  return { node, button, fill };
}

// A group: a bar from nought to its mean cosine, a tick where it was, and its shelf below.
function gauge(text, tone) {
  const [was, bar, number] = [make("span", "was"), make("span", "reach"), make("span", "value")];
  const scale = make("span", "scale", bar, was);
  const head = press(`gauge xdrec-lab-m${tone}`, make("span", "title", text), scale, number);
  const shelf = make("div", "shelf");
  const show = (mean, before, open) => {
    bar.style.setProperty("--from", `${50 + 50 * Math.min(0, mean)}%`);
    bar.style.setProperty("--wide", `${50 * Math.abs(mean)}%`);
    was.style.setProperty("--from", `${50 + 50 * before}%`);
    number.textContent = signed(mean, 2);
    number.title = mean.toFixed(8);
    head.setAttribute("aria-expanded", open);
    shelf.hidden = !open;
  };
  return { node: make("div", "", head, shelf), head, shelf, show };
}

let choices = 0; // names of radio groups must differ on a page

const CHINESE = {
  "a click means": "一次点击表示",
  view: "浏览",
  favourite: "收藏",
  purchase: "购买",
  "not interested": "不感兴趣",
  unknown: "未知",
  "all items": "全部物品",
  "interest by group: press one to open its shelf": "各类别的兴趣：点击类别可打开其货架",
  "the list": "推荐列表",
  "the events, the newest first": "事件，由新到旧",
  Undo: "撤销",
  "{kind}: {title}, clicked before": "{kind}：{title}，已点击过",
  "{kind}: {title}.": "{kind}：{title}。",
  "↑ from {place}": "↑ 原第 {place} 位",
  "↓ from {place}": "↓ 原第 {place} 位",
  "and {n} earlier": "以及更早的 {n} 个",
  "m = {m}, |u| = {length}. What was clicked is not listed again. A weight below 0 pushes u away from the item; nothing that was told before is taken back.":
    "m = {m}，|u| = {length}。点击过的物品不再列出。负权重使 u 远离该物品；此前的事件不会被收回。",
  "No event: u is 0, and the list is the catalogue's order.": "没有事件：u 为 0，列表即目录顺序。",
  "The events cancel out: u is 0, and the list is the catalogue's order.": "各事件相互抵消：u 为 0，列表即目录顺序。",
  "Nothing is left to list.": "没有可列出的物品。",
  "bar: mean cosine to u, from −1 to 1; the tick is where it was": "条形：与 u 的平均余弦，从 −1 到 1；竖线为之前的位置",
};

const render = localized(CHINESE, (context) => {
  const { model, t } = context;
  const { on, deaf } = listeners();
  const given = model.get("data");
  const data = { ...given, vectors: given.vectors.map((row) => row.map(Math.fround)) };
  const { items, groups, group, start } = data;
  const weights = new Map(data.weights);
  const rows = new Map(items.map(({ id }, at) => [id, at]));
  const put = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const add = (at) => put("events", [...model.get("events"), [items[at].id, model.get("behaviour")]]);

  const kinds = make("fieldset", "kinds", make("legend", "label", t("a click means")));
  const mates = `xdrec-lab-stream-${choices++}`;
  const radios = [...weights].map(([kind, w]) => {
    const radio = make("input", "");
    Object.assign(radio, { type: "radio", name: mates, value: kind });
    on(radio, "change", () => put("behaviour", kind));
    kinds.append(make("label", "", radio, make("span", "", t(kind)), make("span", "value", weighed(w))));
    return radio;
  });

  const gauges = groups.map((name, j) => gauge(t(name), j));
  const taps = items.map((item, at) => {
    const done = make("span", "done", "✓");
    done.setAttribute("aria-hidden", "true");
    const tap = clicked(item, group[at], done);
    on(tap.button, "click", () => add(at));
    gauges[group[at]].shelf.append(tap.button);
    return { ...tap, done };
  });
  gauges.forEach(({ head }, j) => on(head, "click", () => put("shelf", model.get("shelf") === groups[j] ? "" : groups[j])));

  const list = make("ol", "list");
  const log = make("ol", "log");
  [[list, t("the list")], [log, t("the events, the newest first")]].forEach(([node, label]) => {
    node.setAttribute("role", "list"); // which a list without numbers of its own may lose
    node.setAttribute("aria-label", label);
  });
  const cards = items.map((item, at) => {
    const card = listed(item, group[at]);
    on(card.button, "click", () => {
      next = [...list.children].indexOf(card.node);
      add(at);
    });
    return card;
  });
  let next = null; // the place whose item was clicked: it leaves the list, and the focus stays there

  const [undo, reset] = [press("button", t("Undo")), press("button", t("Reset"))];
  const usable = (button) => button.getAttribute("aria-disabled") !== "true";
  on(undo, "click", () => usable(undo) && put("events", model.get("events").slice(0, -1)));
  on(reset, "click", () => usable(reset) && put("events", start));
  const [empty, note, earlier, said] = [make("p", "hint"), make("p", "note"), make("p", "note"), announcer()];
  const words = make("p", "note", t("bar: mean cosine to u, from −1 to 1; the tick is where it was"));
  const label = (text) => make("span", "label", text);
  const left = make("div", "", label(t("interest by group: press one to open its shelf")), ...gauges.map(({ node }) => node), words);
  const right = make("div", "", label(t("the list")), list, empty);
  const below = make("div", "past", label(t("the events, the newest first")), log, earlier, make("div", "buttons", undo, reset), note);
  const root = make("div", "", make("div", "stream", kinds, make("div", "flow", left, right), below), said.node);

  // The share of an event in u, as the formula has it.
  function entry([id, kind], n, m) {
    const [w, age] = [weights.get(kind), m - 1 - n];
    const sum = make("span", "weight", weighed(w));
    if (age && data.recency < 1) sum.append(` · ${data.recency}`, make("sup", "", age), ` = ${signed(w * data.recency ** age, 2)}`);
    sum.title = String(w * data.recency ** age);
    return make("li", "event", make("span", "place", n + 1), make("span", "kind", t(kind)), make("span", "title", items[rows.get(id)].title), sum);
  }

  function draw() {
    const [events, behaviour, shelf, k] = ["events", "behaviour", "shelf", "k"].map((name) => model.get(name));
    const told = events.map(([id, kind]) => [rows.get(id), weights.get(kind)]);
    const [now, last] = [standing(data, told), standing(data, told.slice(0, -1))];
    const before = new Map(events.length ? last.order.map((at, i) => [at, i + 1]) : []);
    radios.forEach((radio) => (radio.checked = radio.value === behaviour));
    gauges.forEach((one, j) => one.show(now.means[j], last.means[j], shelf === groups[j]));
    taps.forEach(({ name, done }, at) => {
      const names = { kind: t(behaviour), title: items[at].title };
      name(now.had.has(at) ? t("{kind}: {title}, clicked before", names) : `${names.kind}: ${names.title}`);
      done.hidden = !now.had.has(at);
    });
    const best = now.order.slice(0, k);
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    reorder(list, () => best.map((at, i) => {
      const place = before.get(at) ?? i + 1; // without an event there is no before
      const way = place > i + 1 ? t("↑ from {place}", { place }) : place < i + 1 ? t("↓ from {place}", { place }) : "";
      cards[at].fill(i + 1, now.cosine[at], way, `${t(behaviour)}: ${items[at].title}`);
      return cards[at].node;
    }));
    const stays = focused?.isConnected ? focused : next === null ? null : cards[best[Math.min(next, best.length - 1)]]?.button;
    if (focused || next !== null) (stays ?? undo).focus({ preventScroll: true });
    next = null;
    empty.hidden = best.length > 0 && now.length > 0;
    empty.textContent = !best.length ? t("Nothing is left to list.")
      : events.length ? t("The events cancel out: u is 0, and the list is the catalogue's order.")
      : t("No event: u is 0, and the list is the catalogue's order.");
    const newest = events.map((event, n) => entry(event, n, events.length)).slice(-SHOWN).reverse();
    log.replaceChildren(...newest);
    earlier.hidden = events.length <= SHOWN;
    earlier.textContent = t("and {n} earlier", { n: events.length - SHOWN });
    // Not `disabled`: that would take the focus from a button that has just done its last.
    undo.setAttribute("aria-disabled", !events.length);
    reset.setAttribute("aria-disabled", JSON.stringify(events) === JSON.stringify(start));
    note.textContent = t("m = {m}, |u| = {length}. What was clicked is not listed again. A weight below 0 pushes u away from the item; nothing that was told before is taken back.", { m: events.length, length: now.length.toFixed(3) });
    note.title = `u = (${now.u.map((x) => x.toFixed(8)).join(", ")})`;
    const [id, kind] = events.at(-1) ?? [];
    const event = kind ? `${t("{kind}: {title}.", { kind: t(kind), title: short(items[rows.get(id)].title) })} ` : "";
    said.say(`${event}${best.length ? t("First: {title}", { title: short(items[best[0]].title) }) : empty.textContent}`);
  }

  return mount(context, root, ["events", "behaviour", "shelf", "k", "data"], draw, [deaf, said.stop]);
});

export default { render };
