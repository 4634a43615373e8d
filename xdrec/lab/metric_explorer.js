// MetricExplorer in the browser: a list in the reader's hand and each metric's sum, spelled out.
// Below it Recall when only some items are ranked: curves that Python computed, over a grid.

const WIDE = 400, HIGH = 130;
const SPELLED = 10; // a sum of more terms is not spelled out whole

const discount = (at) => 1 / Math.log2(at + 2);
const total = (terms) => terms.reduce((sum, term) => sum + term, 0);
const fixed = (value) => (Number.isNaN(value) ? "–" : value.toFixed(3));
const short = (text) => ([...text].length > 60 ? `${[...text].slice(0, 60).join("")}…` : text);

function spelled(terms) {
  const said = terms.map(fixed);
  if (said.length > SPELLED) said.splice(3, said.length - 4, "…");
  return said.length > 1 ? `(${said.join(" + ")})` : (said[0] ?? "0");
}

// The metrics of xdrec/metrics.py, with the numbers that go into them; 0 / 0 is NaN, as there.
function measures(hits, relevant, t) {
  const found = [...hits.keys()].filter((at) => hits[at]);
  const [gains, best] = [found, [...hits.keys()].slice(0, relevant)].map((places) => places.map(discount));
  const n = { hits: found.length, all: relevant, k: hits.length, place: found[0] + 1 };
  const first = found.length ? t("1 / {place}, the place of the first hit", n) : t("no hit among the first {k}", n);
  return [
    ["Recall", n.hits / relevant, t("{hits} hits / {all} relevant items", n)],
    ["Precision", n.hits / n.k, t("{hits} hits / {k} places", n)],
    ["NDCG", total(gains) / total(best), `${spelled(gains)} / ${spelled(best)}`],
    ["MRR", n.hits ? 1 / n.place : 0, first],
  ];
}

function press(name, text, label) {
  const button = make("button", name, text);
  button.type = "button";
  if (label) button.setAttribute("aria-label", label);
  return button;
}

function slider({ tone, name, label, least, most }, on, act) {
  const input = make("input", `slider xdrec-lab-m${tone}`);
  Object.assign(input, { type: "range", min: least, max: most, step: 1 });
  input.setAttribute("aria-label", label);
  on(input, "input", () => act(Number(input.value)));
  const value = make("output", "value");
  const show = (at, text) => {
    input.value = at;
    input.style.setProperty("--share", `${(100 * (at - least)) / (most - least || 1)}%`);
    input.setAttribute("aria-valuetext", text);
    value.textContent = text;
  };
  return { node: make("div", "control", make("span", "name", name), value, input), show };
}

function row(item, t) {
  const [place, gain] = [make("span", "place"), make("span", "gain")];
  const title = make("span", "title", item.title);
  title.title = item.title;
  const name = { title: short(item.title) };
  const grip = press("grip", "", t("move {title}", name));
  const mark = press("mark", t("relevant"), t("relevant: {title}", name));
  const [up, down] = [press("step", "↑", t("up: {title}", name)), press("step", "↓", t("down: {title}", name))];
  const body = make("span", "body", title, make("span", "line", mark, gain));
  const node = make("li", "item", grip, place, picture(item), body, make("span", "steps", up, down));
  const fill = (at, relevant, k, last) => {
    place.textContent = at + 1;
    mark.setAttribute("aria-pressed", relevant);
    gain.textContent = relevant && at < k ? `1 / log₂ ${at + 2} = ${fixed(discount(at))}` : "";
    node.classList.toggle("xdrec-lab-beyond", at >= k);
    node.classList.toggle("xdrec-lab-cut", at === k - 1);
    // Not `disabled`: that would take the focus from a button whose item has just arrived there.
    up.setAttribute("aria-disabled", at === 0);
    down.setAttribute("aria-disabled", at === last);
  };
  return { node, grip, mark, up, down, fill };
}

// Rows follow the pointer: on a touch screen by their handle alone, so that a finger can scroll.
// The list holds the pointer, since a row that is moved in the page would lose it.
function dragging(list, cards, move, on) {
  let held = null; // [id, card, pointer]
  on(list, "pointerdown", (event) => {
    const { target, button, pointerType, pointerId } = event;
    const grip = target.closest(".xdrec-lab-grip");
    const [id, card] = [...cards].find(([, each]) => each.node.contains(target)) ?? [];
    if (!card || held || button || (!grip && (pointerType === "touch" || target.closest("button")))) return;
    event.preventDefault(); // no text is selected; the focus goes with that, so it is given
    card.grip.focus({ preventScroll: true });
    card.node.classList.add("xdrec-lab-dragged");
    list.setPointerCapture(pointerId);
    held = [id, card, pointerId];
  });
  on(list, "pointermove", ({ pointerId, clientY }) => {
    if (held?.[2] !== pointerId) return;
    // Where the rows come to rest, wherever they are gliding now.
    const at = clientY - list.getBoundingClientRect().top + list.offsetTop;
    const others = [...list.children].filter((node) => node !== held[1].node);
    move(held[0], others.filter((node) => at > node.offsetTop + node.offsetHeight / 2).length);
  });
  const drop = ({ pointerId }) => {
    if (held?.[2] !== pointerId) return;
    held[1].node.classList.remove("xdrec-lab-dragged");
    held = null;
  };
  ["pointerup", "pointercancel", "lostpointercapture"].forEach((event) => on(list, event, drop));
}

// The curves with their cursor, and the slider below them.
function sampling({ models, negatives, turns }, on, put, t) {
  const last = negatives.length - 1;
  const all = negatives[last];
  const [x, y] = [(at) => (WIDE * at) / (last || 1), (value) => HIGH * (1 - value)];
  const [heading, verdict, marks] = [make("p", "name"), make("p", "note"), make("div", "")];
  const style = (j) => `xdrec-lab-m${j} xdrec-lab-dash${j % 3}`;
  const numbers = models.map(() => make("span", "value"));
  const legend = make("p", "legend", ...models.map(({ name }, j) =>
    make("span", "entry", make("span", `sample ${style(j)}`), make("span", "model", short(name)), numbers[j])));
  const lines = models.map((_, j) => svg("polyline", { class: `xdrec-lab-curve ${style(j)}` }));
  const dots = models.map((_, j) => svg("circle", { r: 4, class: `xdrec-lab-at xdrec-lab-m${j}` }));
  const cursor = svg("line", { y1: 0, y2: HIGH, class: "xdrec-lab-cursor" });
  const chart = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "xdrec-lab-curves", role: "img" }, ...lines, cursor, ...dots);
  const label = t("negatives sampled");
  const steps = slider({ tone: 4, name: label, label, least: 0, most: last }, on, (at) => put("sampled", at));
  const ends = make("div", "ends", make("span", "", negatives[0]), make("span", "", t("all {all}: the full ranking", { all })));
  const node = make("div", "panel", heading, legend, make("div", "plot", chart, marks), steps.node, ends, verdict);

  const show = (k, step) => {
    const curves = models.map(({ recall }) => recall[k - 1]);
    heading.textContent = t("Sampled against full ranking: Recall@{k}", { k });
    curves.forEach((curve, j) => {
      lines[j].setAttribute("points", curve.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" "));
      dots[j].setAttribute("cx", x(step));
      dots[j].setAttribute("cy", y(curve[step]));
      numbers[j].textContent = fixed(curve[step]);
    });
    ["x1", "x2"].forEach((end) => cursor.setAttribute(end, x(step)));
    marks.replaceChildren(...turns[k - 1].map((at) => {
      const mark = make("span", "turn", negatives[at]);
      mark.style.setProperty("--at", at / last);
      return mark;
    }));
    steps.show(step, t("{m} of {all}", { m: negatives[step], all }));
    const leading = (at) => {
      const top = Math.max(...curves.map((curve) => curve[at]));
      const best = models.filter((_, j) => curves[j][at] === top);
      return { m: negatives[at], all, level: best.length > 1, model: short(best[0].name) };
    };
    const [here, full] = [leading(step), leading(last)];
    const said = [
      here.level ? t("With {m} of {all} negatives the best are level.", here) : t("With {m} of {all} negatives {model} leads.", here),
      step === last ? t("This is the full ranking.")
      : full.level ? t("In the full ranking the best are level.") : t("In the full ranking {model} leads.", full),
    ];
    const places = turns[k - 1].map((at) => negatives[at]).join(", ");
    const turning = places ? t("The order turns at {turns} negatives.", { turns: places }) : t("The order never turns.");
    verdict.textContent = [...said, turning].join(" ");
    const values = models.map(({ name }, j) => `${short(name)} ${numbers[j].textContent}`).join(", ");
    chart.setAttribute("aria-label", `${heading.textContent}: ${values}`);
    return said.join(" ");
  };
  return { node, show };
}

const CHINESE = {
  "{hits} hits / {all} relevant items": "{hits} 个命中 / {all} 个相关物品",
  "{hits} hits / {k} places": "{hits} 个命中 / {k} 个位置",
  "1 / {place}, the place of the first hit": "1 / {place}，即首个命中的位置",
  "no hit among the first {k}": "前 {k} 位没有命中",
  "move {title}": "移动 {title}",
  relevant: "相关",
  "relevant: {title}": "相关：{title}",
  "up: {title}": "上移：{title}",
  "down: {title}": "下移：{title}",
  "k, the places that count": "k，计入的位置数",
  "the first {k} of {all}": "{all} 位中的前 {k} 位",
  "a ranked list": "排序列表",
  "{title}: place {place} of {all}.": "{title}：第 {place} 位，共 {all} 位。",
  "Relevant, but not in the list: {n}.": "相关但不在列表中的物品：{n} 个。",
  "Nothing is relevant: 0 / 0. Such a user is not counted.": "没有相关物品：0 / 0。这样的用户不计入。",
  "Drag a row, or press an arrow key on its handle. A click on “relevant” sets or takes the mark.":
    "拖动一行，或在其手柄上按方向键。点击“相关”可加上或去掉标记。",
  "Sampled against full ranking: Recall@{k}": "采样排序与全量排序：Recall@{k}",
  "negatives sampled": "采样的负例数",
  "all {all}: the full ranking": "全部 {all} 个：全量排序",
  "{m} of {all}": "{all} 个中的 {m} 个",
  "With {m} of {all} negatives {model} leads.": "取 {all} 个负例中的 {m} 个时，{model} 领先。",
  "With {m} of {all} negatives the best are level.": "取 {all} 个负例中的 {m} 个时，最好的模型不分上下。",
  "This is the full ranking.": "这就是全量排序。",
  "In the full ranking {model} leads.": "在全量排序中，{model} 领先。",
  "In the full ranking the best are level.": "在全量排序中，最好的模型不分上下。",
  "The order turns at {turns} negatives.": "负例数为 {turns} 时领先者易位。",
  "The order never turns.": "领先者始终不变。",
};

const render = localized(CHINESE, (context) => {
  const { model, t } = context;
  const { on, deaf } = listeners();
  const data = model.get("data");
  const all = data.items.length;
  const title = new Map(data.items.map((item) => [item.id, short(item.title)]));
  let moved = null; // the item that was moved last, to be told with its place
  const put = (name, value, id = null) => {
    moved = id;
    model.set(name, value);
    model.save_changes();
  };
  const move = (id, to) => {
    const order = model.get("order").filter((each) => each !== id);
    order.splice(Math.max(0, to), 0, id);
    if (order.some((each, at) => each !== model.get("order")[at])) put("order", order, id);
  };

  const cards = new Map(data.items.map((item) => [item.id, row(item, t)]));
  cards.forEach((card, id) => {
    const at = () => model.get("order").indexOf(id);
    on(card.up, "click", () => move(id, at() - 1));
    on(card.down, "click", () => move(id, at() + 1));
    on(card.mark, "click", () => {
      const others = model.get("relevant").filter((each) => each !== id);
      put("relevant", others.length < model.get("relevant").length ? others : [...others, id]);
    });
    on(card.node, "keydown", (event) => {
      const to = { ArrowUp: at() - 1, ArrowDown: at() + 1, Home: 0, End: all }[event.key];
      if (to === undefined || !(event.altKey || event.target === card.grip)) return;
      event.preventDefault();
      move(id, to);
    });
  });

  const first = slider({ tone: 0, name: "k", label: t("k, the places that count"), least: 1, most: all }, on, (k) => put("k", k));
  const reset = press("button", t("Reset"));
  on(reset, "click", () => Object.entries(data.start).forEach(([name, value]) => put(name, value)));
  const lines = measures([], 0, t).map((_, j) => {
    const [name, number, sum] = [make("dt", "name"), make("data", "number"), make("dd", "sum")];
    return { name, number, sum, node: make("div", `measure xdrec-lab-m${j}`, name, make("dd", "", number), sum) };
  });
  const outside = make("p", "note");
  const list = make("ol", "list");
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", t("a ranked list"));
  dragging(list, cards, move, on);
  const hint = make("p", "note", t("Drag a row, or press an arrow key on its handle. A click on “relevant” sets or takes the mark."));
  const answers = make("div", "answers", first.node, make("dl", "measures", ...lines.map(({ node }) => node)), outside, reset);
  const below = data.models.length ? sampling(data, on, put, t) : null;
  const said = announcer();
  const root = make("div", "", make("div", "both", answers, make("div", "", list, hint)), below?.node ?? "", said.node);

  let told = null; // the place on the grid when something was said last
  function draw() {
    const [order, relevant, k, sampled] = ["order", "relevant", "k", "sampled"].map((name) => model.get(name));
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    reorder(list, () => order.map((id) => cards.get(id).node));
    focused?.focus({ preventScroll: true }); // a row that was moved in the page has lost it
    order.forEach((id, at) => cards.get(id).fill(at, relevant.includes(id), k, all - 1));
    first.show(k, t("the first {k} of {all}", { k, all }));
    const found = measures(order.slice(0, k).map((id) => relevant.includes(id)), relevant.length, t);
    found.forEach(([name, number, sum], j) => {
      lines[j].name.textContent = `${name}@${k}`;
      lines[j].number.textContent = fixed(number);
      lines[j].number.value = number;
      lines[j].sum.textContent = sum;
      lines[j].node.style.setProperty("--share", `${100 * (number || 0)}%`);
    });
    const absent = relevant.filter((id) => !cards.has(id)).length;
    outside.hidden = relevant.length > 0 && !absent;
    outside.textContent = absent
      ? t("Relevant, but not in the list: {n}.", { n: absent })
      : t("Nothing is relevant: 0 / 0. Such a user is not counted.");
    const verdict = below?.show(k, sampled);
    const place = moved === null ? "" : `${t("{title}: place {place} of {all}.", { title: title.get(moved), place: order.indexOf(moved) + 1, all })} `;
    const answer = found.map(([name, number]) => `${name}@${k} ${fixed(number)}`).join(", ");
    said.say(told === null || told === sampled ? `${place}${answer}` : verdict);
    told = sampled;
  }

  return mount(context, root, ["order", "relevant", "k", "sampled", "data"], draw, [deaf, said.stop]);
});

export default { render };
