// WorldBuilder in the browser: knobs of a world, a bar a strategy, a chart along one knob.
// With a grid all answers are in the page. Without, Python makes a world for every move, and only
// the answer to the settings that are shown is drawn.

const TALL = 170, LONG = 320, ROOM = { left: 30, right: 12, top: 10, bottom: 20 };
const UNIT = 10000; // NDCG comes in whole ten-thousandths

const KNOBS = {
  overlap: "people in both",
  share: "target's rows left",
  gap: "gap of tastes",
  noise: "noise in the texts",
  missing: "items without text",
};

// Colour and dashes of a strategy; of one that is not ours, by its place.
const LOOKS = {
  "the charts": ["soft", "1 4"],
  "the target alone": ["m0", ""],
  "tied by texts": ["m2", "7 3"],
  "the source, by texts": ["m1", "2 3"],
  "tied by people": ["m4", "9 3 2 3"],
  "people's own books": ["m3", "4 4"],
};
const look = (name, at) => (Object.hasOwn(LOOKS, name) ? LOOKS[name] : [`m${1 + (at % 4)}`, `${2 + at} 3`]);

const written = (n) => (n / UNIT).toFixed(3);
const signed = (n) => `${n < 0 ? "−" : "+"}${written(Math.abs(n))}`;
const valued = (knob, value) => (knob === "gap" ? String(value) : `${Number((100 * value).toPrecision(4))} %`);

// What is known of some settings: [mean, lowest, highest] by strategy, or why it is left out;
// null while nobody has made it yet.
function answered(data, result, settings) {
  if (!data.grid) return data.knobs.every(([knob]) => result.settings?.[knob] === settings[knob]) ? result.ways : null;
  const at = data.knobs.reduce((sum, [knob, steps]) => sum * steps.length + steps.indexOf(settings[knob]), 0);
  return Object.fromEntries(data.ways.map((name) => [name, data.grid[name][at] || data.nobody]));
}

// [value, means by strategy] along one knob, wherever an answer is there.
function trend(data, result, settings, along) {
  if (!data.grid) return result.lines?.[along] ?? [];
  return data.knobs.find(([knob]) => knob === along)[1].map((value) => {
    const ways = answered(data, result, { ...settings, [along]: value });
    const found = Object.entries(ways).filter(([, numbers]) => Array.isArray(numbers));
    return [value, Object.fromEntries(found.map(([name, numbers]) => [name, numbers[0]]))];
  });
}

// The best of all, and who is so far behind the target alone that it is negative transfer.
function judged(data, ways) {
  const found = data.ways.filter((name) => Array.isArray(ways[name]));
  const best = found.reduce((top, name) => (top === null || ways[name][0] > ways[top][0] ? name : top), null);
  const alone = Array.isArray(ways[data.alone]) ? ways[data.alone][0] : null;
  const gain = (name) => (alone === null || !found.includes(name) ? null : ways[name][0] - alone);
  const negative = found.filter((name) => name !== data.charts && gain(name) !== null && gain(name) <= -data.worse);
  return { best, negative, gain };
}

function strategy(name, at, t) {
  const [tone, dash] = look(name, at);
  const line = svg("line", { x2: 28, y1: 5, y2: 5, class: "xdrec-lab-world-curve", "stroke-dasharray": dash });
  const key = svg("svg", { viewBox: "0 0 28 10", class: `xdrec-lab-world-key xdrec-lab-${tone}`, "aria-hidden": "true" }, line);
  const sign = make("span", "world-sign");
  const fill = make("span", "world-fill");
  const whisker = make("span", "world-whisker");
  const alone = make("span", "world-alone");
  const bar = make("span", `world-bar xdrec-lab-${tone}`, fill, whisker, alone);
  bar.setAttribute("role", "img");
  const why = make("span", "world-why");
  const value = make("span", "score");
  const title = make("span", "world-name", t(name));
  const node = make("li", "world-way", make("span", "world-line", key, title, sign), value, bar, why);
  const show = (numbers, base, { best, negative, gain }) => {
    const there = Array.isArray(numbers);
    bar.hidden = !there;
    why.hidden = there;
    const bad = negative.includes(name);
    node.className = `xdrec-lab-world-way${best === name ? " xdrec-lab-world-best" : bad ? " xdrec-lab-world-worse" : ""}`;
    sign.textContent = best === name ? `★ ${t("best")}` : bad ? `▼ ${t("negative, {gain}", { gain: signed(gain(name)) })}` : "";
    value.textContent = there ? written(numbers[0]) : "–";
    why.textContent = there ? "" : numbers === NOBODY ? t(NOBODY) : numbers;
    if (!there) return;
    const [mean, low, high] = numbers.map((n) => (100 * n) / UNIT);
    fill.style.width = `${mean}%`;
    whisker.hidden = low === high;
    Object.assign(whisker.style, { left: `${low}%`, width: `${high - low}%` });
    alone.hidden = base === null;
    alone.style.left = `${(100 * base) / UNIT}%`;
    const [said, lowest, highest] = numbers.map(written);
    bar.setAttribute("aria-label", low === high ? said : t("{said}, from {lowest} to {highest}", { said, lowest, highest }));
  };
  return { node, show };
}

// The chart: one line a strategy over the steps of a knob, a cursor where that stands.
function plot(data, line, along, now, t) {
  const steps = data.knobs.find(([knob]) => knob === along)[1];
  const most = Math.max(...line.flatMap(([, means]) => Object.values(means)), 1000);
  const top = Math.ceil(most / 1000) * 1000;
  const x = (value) => ROOM.left + ((steps.indexOf(value) + 0.5) / steps.length) * (LONG - ROOM.left - ROOM.right);
  const y = (n) => TALL - ROOM.bottom - (n / top) * (TALL - ROOM.top - ROOM.bottom);
  const picture = svg("svg", { viewBox: `0 0 ${LONG} ${TALL}`, class: "xdrec-lab-world-plot", role: "img" });
  const text = (at, words, anchor) => picture.append(svg("text", { ...at, "text-anchor": anchor }, words));
  for (const n of [0, top / 2, top]) {
    picture.append(svg("line", { x1: ROOM.left, x2: LONG - ROOM.right, y1: y(n), y2: y(n), class: "xdrec-lab-world-rule" }));
    text({ x: ROOM.left - 4, y: y(n) + 4 }, String(n / UNIT), "end");
  }
  steps.forEach((value) => text({ x: x(value), y: TALL - 5 }, valued(along, value), "middle"));
  picture.append(svg("line", { x1: x(now), x2: x(now), y1: ROOM.top, y2: y(0), class: "xdrec-lab-world-cursor" }));
  const said = [];
  data.ways.forEach((name, at) => {
    const [tone, dash] = look(name, at);
    const there = line.filter(([, means]) => name in means).map(([value, means]) => [value, means[name]]);
    const style = `xdrec-lab-${tone} xdrec-lab-world-`;
    const points = there.map(([value, n]) => `${x(value)},${y(n)}`).join(" ");
    const dot = ([value, n]) => ({ cx: x(value), cy: y(n), r: value === now ? 4 : 2, class: `${style}dot` });
    picture.append(svg("polyline", { points, class: `${style}curve`, "stroke-dasharray": dash }));
    picture.append(...there.map((one) => svg("circle", dot(one))));
    if (there.length) said.push(`${t(name)} ${there.map(([, n]) => written(n)).join(" ")}`);
  });
  picture.setAttribute("aria-label", `${t(KNOBS[along])}: ${said.join("; ")}`);
  return picture;
}

const NOBODY = "needs people with rows in both domains, and there are none";

const CHINESE = {
  "people in both": "同时在两个域的用户",
  "target's rows left": "目标域保留的行",
  "gap of tastes": "两域口味的差距",
  "noise in the texts": "文本中的噪声",
  "items without text": "缺少文本的物品",
  "the charts": "热门榜",
  "the target alone": "仅目标域",
  "tied by texts": "以文本相系",
  "the source, by texts": "仅源域（经文本）",
  "tied by people": "以共同用户相系",
  "people's own books": "用户自己的图书",
  best: "最佳",
  "; ": "；",
  "negative, {gain}": "负迁移，{gain}",
  "needs people with rows in both domains, and there are none": "需要在两个域都有记录的用户，而这里没有",
  "{said}, from {lowest} to {highest}": "{said}，从 {lowest} 到 {highest}",
  "NDCG@10 along": "NDCG@10，沿",
  "knob of the chart": "图表所沿的旋钮",
  "strategies, NDCG@10": "各策略，NDCG@10",
  "computing…": "计算中……",
  "Best: {name}, {value}.": "最佳：{name}，{value}。",
  "Best: {name}, {value}: {gain} against the target alone.": "最佳：{name}，{value}；与仅目标域相比 {gain}。",
  "Negative transfer: {names}.": "负迁移：{names}。",
  "No transfer is worse than the target alone.": "没有哪种迁移比仅用目标域更差。",
  "The upright mark in each bar is the target alone; transfer that falls 0.005 or more behind it is negative.": "各条中的竖线是“仅目标域”；比它低 0.005 或更多的迁移为负迁移。",
  "Precomputed: {n} settings, each the mean of {seeds} worlds of {people} people × {items} items, whiskers from the lowest world to the highest. In the lab every move makes a new world.":
    "预先计算：{n} 组设置，每组是 {seeds} 个世界（{people} 人 × {items} 件物品）的平均，须线从最低的世界到最高的世界。在实验室中，每次移动都会生成一个新世界。",
  "Every move makes new worlds ({seeds} × {people} people × {items} items) and trains every strategy anew; the chart has what was played so far.":
    "每次移动都会生成新世界（{seeds} × {people} 人 × {items} 件物品），并重新训练每种策略；图表显示至今算过的结果。",
};

const render = localized(CHINESE, (context) => {
  const { model, t } = context;
  const { on, deaf } = listeners();
  const data = model.get("data");
  const put = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };

  const sliders = data.knobs.map(([knob, steps]) => {
    const input = make("input", "slider xdrec-lab-m0");
    Object.assign(input, { type: "range", min: 0, max: steps.length - 1, step: 1 });
    input.setAttribute("aria-label", t(KNOBS[knob]));
    const value = make("span", "value");
    on(input, "input", () => {
      model.set("along", knob); // the chart follows the hand
      put("settings", { ...model.get("settings"), [knob]: steps[input.value] });
    });
    const show = (now) => {
      const at = steps.indexOf(now);
      input.value = at;
      input.style.setProperty("--share", `${(100 * at) / Math.max(steps.length - 1, 1)}%`);
      value.textContent = valued(knob, now);
      input.setAttribute("aria-valuetext", value.textContent);
    };
    return { knob, show, node: make("div", "control", make("span", "name", t(KNOBS[knob])), value, input) };
  });
  const reset = make("button", "button", t("Reset"));
  reset.type = "button";
  on(reset, "click", () => put("settings", { ...data.start }));

  const menu = make("select", "user");
  menu.setAttribute("aria-label", t("knob of the chart"));
  menu.append(...data.knobs.map(([knob]) => new Option(t(KNOBS[knob]), knob)));
  on(menu, "change", () => put("along", menu.value));

  const rows = data.ways.map((name, at) => strategy(name, at, t));
  const list = make("ol", "list xdrec-lab-world-ways", ...rows.map((row) => row.node));
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", t("strategies, NDCG@10"));
  const chart = make("div", "world-chart");
  const drawing = make("div", "world-along", make("div", "world-head", make("span", "", t("NDCG@10 along")), menu), chart);
  const verdict = make("output", "world-verdict");
  const { people, items, seeds } = data;
  const n = data.knobs.reduce((product, [, steps]) => product * steps.length, 1);
  const origin = data.grid
    ? t("Precomputed: {n} settings, each the mean of {seeds} worlds of {people} people × {items} items, whiskers from the lowest world to the highest. In the lab every move makes a new world.", { n, seeds, people, items })
    : t("Every move makes new worlds ({seeds} × {people} people × {items} items) and trains every strategy anew; the chart has what was played so far.", { seeds, people, items });
  const note = make("p", "note", `${t("The upright mark in each bar is the target alone; transfer that falls 0.005 or more behind it is negative.")} ${origin}`);
  const said = announcer();
  const controls = make("div", "controls", ...sliders.map((slider) => slider.node));
  const tools = make("div", "tools", verdict, reset);
  const root = make("div", "", controls, tools, make("div", "world-sides", list, drawing), note, said.node);

  function draw() {
    const [settings, along, result] = ["settings", "along", "result"].map((name) => model.get(name));
    sliders.forEach(({ knob, show }) => show(settings[knob]));
    menu.value = along;
    const ways = answered(data, result, settings);
    root.classList.toggle("xdrec-lab-world-waiting", !ways);
    list.setAttribute("aria-busy", !ways);
    if (!ways) {
      verdict.textContent = t("computing…");
      return said.say(verdict.textContent);
    }
    const verdicts = judged(data, ways);
    const { best, negative, gain } = verdicts;
    const base = Array.isArray(ways[data.alone]) ? ways[data.alone][0] : null;
    data.ways.forEach((name, at) => rows[at].show(ways[name], base, verdicts));
    chart.replaceChildren(plot(data, trend(data, result, settings, along), along, settings[along], t));
    const words = [];
    if (best !== null) {
      const about = { name: t(best), value: written(ways[best][0]), gain: gain(best) === null ? "" : signed(gain(best)) };
      words.push(best === data.alone || gain(best) === null
        ? t("Best: {name}, {value}.", about)
        : t("Best: {name}, {value}: {gain} against the target alone.", about));
    }
    if (base !== null) {
      const names = negative.map((name) => t(name)).join(t("; "));
      words.push(negative.length ? t("Negative transfer: {names}.", { names }) : t("No transfer is worse than the target alone."));
    }
    verdict.textContent = words.join(" ");
    said.say(verdict.textContent);
  }

  return mount(context, root, ["settings", "along", "result", "data"], draw, [deaf, said.stop]);
});

export default { render };
