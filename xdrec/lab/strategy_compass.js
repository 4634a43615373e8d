// StrategyCompass in the browser: the questions of `advise`, walked by the same rules as in Python.

const ROWS = 7.4; // of the map; its lowest strategies stand in row 7
const STEPS = [10, 12, 14, 16, 18, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90];
const TONES = [0, 0, 0, 2, 2, 2, 5, 5, 5]; // people, the target and its texts, nearness

const same = (one, other) => Object.keys(one).every((name) => one[name] === other[name]);
const valueOf = (facts, name) => facts[name] ?? NaN; // JSON has no NaN, and null < 4 holds
const shown = (x) => Number(x.toFixed(3)).toLocaleString("en");
// As `written` in Python: halves go up.
const written = (x, count) => (count ? String(x) : (x + 1e-9).toFixed(2));

// Each question that these facts meet, with its checks, its answer and the way that goes from it.
function walk({ rules, order }, facts) {
  const path = [];
  let name = order[0];
  while (Object.hasOwn(rules, name)) {
    const question = rules[name];
    const checks = question.checks.map(([fact, sign, line, of]) => {
      const x = valueOf(facts, fact);
      const at = of ? line * valueOf(facts, of) : line;
      return { fact, sign, line, of, x, at, holds: sign === "<" ? x < at : x >= at };
    });
    const gone = question.unknown && checks.some(({ x }) => Number.isNaN(x));
    const answer = gone ? "unknown" : checks.every(({ holds }) => holds) ? "yes" : "no";
    path.push({ name, checks, answer, ...question[answer] });
    name = question[answer].to;
  }
  return path;
}

// What a slider passes, one step each: for counts steps of about a tenth, every line and the start.
function ladder(count, more) {
  const even = Array.from({ length: count ? 10 : 101 }, (_, n) => (count ? n : n / 100));
  const tens = count ? [1, 10, 100, 1000].flatMap((ten) => STEPS.map((step) => step * ten)) : [];
  return [...new Set([...even, ...tens, ...more])].sort((a, b) => a - b);
}

// Where x stands among the steps, between two of them by its share.
function placed(steps, x) {
  const at = steps.findIndex((step) => step >= x);
  if (at <= 0) return at ? steps.length - 1 : 0;
  return at - 1 + (x - steps[at - 1]) / (steps[at] - steps[at - 1]);
}

const compared = ({ sign, line, of }) => `${sign === "<" ? "<" : "≥"} ${of ? `${line} × ${of}` : line}`;

// All questions and strategies where `places` has them, and the ways between; `show` lights a path.
function map({ rules, places, strategies }, t) {
  const top = (row) => ((row + 0.5) / (ROWS + 0.6)) * 100;
  const picture = svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none" });
  const node = make("div", "compass-map", picture);
  node.setAttribute("role", "img");
  const boxes = new Map();
  const stop = (name, kind, ...children) => {
    const [x, row] = places[name];
    const box = make("span", kind, ...children);
    Object.assign(box.style, { left: `${x}%`, top: `${top(row)}%` });
    boxes.set(name, box);
    node.append(box);
  };
  const lines = Object.entries(rules).flatMap(([name, question]) =>
    ["yes", "no", "unknown"].filter((way) => question[way]).map((way) => {
      const [[x, row], [toX, toRow]] = [places[name], places[question[way].to]];
      const middle = (top(row) + top(toRow)) / 2;
      const d = `M${x} ${top(row)}C${x} ${middle} ${toX} ${middle} ${toX} ${top(toRow)}`;
      const line = svg("path", { d, class: `xdrec-lab-way xdrec-lab-${way}` });
      picture.append(line);
      return { key: `${name} ${way}`, line };
    }),
  );
  for (const [name, { checks }] of Object.entries(rules)) {
    const said = checks.map(([fact, sign, line, of]) => make("span", "", `${fact} ${compared({ sign, line, of })}`));
    stop(name, "stop", ...said);
  }
  for (const name of Object.keys(strategies)) stop(name, "stop xdrec-lab-goal", t(name));
  const show = (path, strategy) => {
    const lit = new Set(path.map(({ name, answer }) => `${name} ${answer}`));
    const met = new Set([...path.map(({ name }) => name), strategy]);
    lines.forEach(({ key, line }) => {
      line.classList.toggle("xdrec-lab-lit", lit.has(key));
      if (lit.has(key)) picture.append(line); // above the others
    });
    boxes.forEach((box, name) => box.classList.toggle("xdrec-lab-lit", met.has(name)));
    const fill = { asked: path.length, all: Object.keys(rules).length, strategy: t(strategy) };
    node.setAttribute("aria-label", t("A map of the rules: {asked} of {all} questions lead to {strategy}.", fill));
  };
  return { node, show };
}

// What was reached on the measured pair, the best first.
function bars({ outcomes }, advised, t) {
  const names = Object.keys(outcomes).sort((a, b) => outcomes[b] - outcomes[a]);
  const best = Math.max(...Object.values(outcomes), 1e-9);
  const rows = names.map((name) => {
    const bar = make("span", "compass-fill");
    bar.style.width = `${(100 * outcomes[name]) / best}%`;
    const number = make("span", "value", outcomes[name].toFixed(3));
    const row = make("li", "compass-row", make("span", "", t(name)), make("span", "compass-track", bar), number);
    if (name !== advised) return row;
    row.classList.add("xdrec-lab-advised");
    row.firstChild.append(" ", make("span", "held", t("advised")));
    return row;
  });
  const share = Math.round((100 * outcomes[advised]) / best);
  const list = make("ul", "list", ...rows);
  list.setAttribute("role", "list");
  const note = make("p", "note");
  const node = make("div", "outcomes", make("p", "name", t("NDCG of strategies on the measured pair")), list, note);
  const show = (still) => {
    node.classList.toggle("xdrec-lab-past", !still);
    note.textContent =
      !still ? t("The bars belong to the facts as measured; these are others now.")
      : Number.isNaN(share) ? t("What is advised was not played here.")
      : t("What is advised reached {share} % of the best.", { share });
  };
  return { node, show };
}

const CHINESE = {
  "people known in the target": "目标域中已知的用户数",
  "people in the source alone": "仅在源域中的用户数",
  "people in both domains": "两个域共有的用户数",
  "events of the target": "目标域的事件数",
  "share of its items with a text": "目标域中有文本的物品占比",
  "what texts tell; 0.5 is chance": "文本对用户的区分力；0.5 为随机",
  "how far apart, by shared people": "域间差距，由共享用户测得",
  "tastes kept, by texts; 0.5 is chance": "由文本看兴趣的保持；0.5 为随机",
  "told by the source; 0.5 is chance": "源域的预测力；0.5 为随机",
  "cannot be measured": "无法测量",
  "{name} cannot be measured": "{name} 无法测量",
  "{name}: {says}": "{name}：{says}",
  "Back to what was measured": "回到测得的值",
  "More people are shared than known in the target: no pair of domains is like that.": "共享用户多于目标域的已知用户：不存在这样的两个域。",
  "A map of the rules: {asked} of {all} questions lead to {strategy}.": "规则图：{all} 个问题中的 {asked} 个通向“{strategy}”。",
  "Advice: {strategy}. {because}": "建议：{strategy}。{because}",
  "{one}; {two}": "{one}；{two}",
  yes: "是",
  no: "否",
  "{by} below the line": "低于界线 {by}",
  "{by} above the line": "高于界线 {by}",
  "exactly on the line": "恰在界线上",
  "Lines of the map: solid for yes, dashed for no, dotted for what cannot be measured.": "图中实线表示“是”，虚线表示“否”，点线表示无法测量。",
  "NDCG of strategies on the measured pair": "各策略在所测两域上的 NDCG",
  advised: "建议",
  "What is advised reached {share} % of the best.": "所建议的策略达到最佳值的 {share} %。",
  "What is advised was not played here.": "所建议的策略在此未试。",
  "The bars belong to the facts as measured; these are others now.": "条形属于测得的事实；现在的事实已不同。",
};

// What `advice.py` says: its strategies, their meaning, its questions and reasons.
const RULES_CHINESE = {
  popularity: "热门榜",
  "the charts, until there is something to learn from": "在有可学的数据之前，用热门榜",
  scratch: "从零训练",
  "a model of the target's own events": "只用目标域自身事件的模型",
  "scratch, texts": "从零训练，读文本",
  "a net that reads what the target's items say, of its own events alone": "读目标域物品文本的网络，只用自身事件",
  tied: "以 λ 约束",
  "the net that the source has taught, reading both histories, tied to it by λ": "由源域教出的网络，读两域历史，以 λ 约束于源",
  "tied by people": "由用户约束",
  "item-item weights, tied by λ to what shared people have in common": "物品间权重，以 λ 约束于共享用户的共同之处",
  mapping: "用户映射",
  "people's own factors; who is new gets theirs by a map from the source": "用户各自的因子；新用户由源域映射得到",
  "Is hardly anybody shared?": "几乎没有共享用户吗？",
  "Nobody to carry over: are the target's events too few to learn from?": "无人可供迁移：目标域的事件少到无法学习吗？",
  "Are its events few still, and do texts tell much?": "事件仍然不多，而文本很有区分力吗？",
  "Is the measured gap small?": "测得的域间差距小吗？",
  "Do texts tell much?": "文本很有区分力吗？",
  "Do texts say that people keep their tastes?": "文本表明用户的兴趣得以保持吗？",
  "Does the source foretell the target?": "源域能预测目标域吗？",
  "Far: are the target's events too few to learn from?": "两域较远：目标域的事件少到无法学习吗？",
  "Far: are only few people new?": "两域较远：新用户很少吗？",
  "Near: are only few people new?": "两域较近：新用户很少吗？",
  "Near: are few people known, and do texts tell much?": "两域较近：已知用户少，而文本很有区分力吗？",
  "{shared} people are shared": "共享用户 {shared} 人",
  "{events} events are too few to learn from": "{events} 个事件太少，无法学习",
  "{events} events are few, but texts tell much": "{events} 个事件不多，但文本很有区分力",
  "its {events} events have to do, with nobody to carry more over": "只能依靠自身的 {events} 个事件，无人可迁移更多",
  "near: measured gap {gap}": "较近：测得的差距为 {gap}",
  "far: measured gap {gap}": "较远：测得的差距为 {gap}",
  "near: texts keep {kept} of a taste (0.5 is chance)": "较近：由文本看兴趣保持 {kept}（0.5 为随机）",
  "far: texts keep {kept} of a taste (0.5 is chance)": "较远：由文本看兴趣保持 {kept}（0.5 为随机）",
  "near: the source foretells {foretold} (0.5 is chance)": "较近：源域的预测力为 {foretold}（0.5 为随机）",
  "far: the source foretells {foretold} (0.5 is chance)": "较远：源域的预测力为 {foretold}（0.5 为随机）",
  "far: nothing says that they are near": "较远：没有证据表明两域相近",
  "{events} events of its own, few new people": "自身有 {events} 个事件，新用户很少",
  "who is known ({known}) keeps their own factors, and a map that finds nothing falls back to the charts": "已知用户（{known} 人）保留各自的因子；映射若无所得，则退回热门榜",
  "{known} people are known, few are new": "已知 {known} 人，新用户很少",
  "few people are known ({known}), and texts tell much": "已知用户少（{known} 人），而文本很有区分力",
  "{new} new people, {shared} shared to learn a map from": "新用户 {new} 人，共享用户 {shared} 人可供学习映射",
};

const render = localized({ ...CHINESE, ...RULES_CHINESE }, (context) => {
  const { model, t } = context;
  const { on, deaf } = listeners();
  const data = model.get("data");
  const counts = new Set(data.facts.flatMap(({ name, count }) => (count ? [name] : [])));
  const put = (changed) => {
    model.set("facts", { ...model.get("facts"), ...changed });
    model.save_changes();
  };

  const all = Object.values(data.rules).flatMap(({ checks }) => checks);
  const sliders = data.facts.map(({ name, says, count, missing }, j) => {
    const lines = all.filter(([fact, , , of]) => fact === name && !of).map(([, , line]) => line);
    const steps = ladder(count, [...lines, ...[data.start[name]].filter((x) => x !== null)]);
    const last = steps.length - 1;
    const input = make("input", `slider xdrec-lab-m${TONES[j % 9]}`);
    Object.assign(input, { type: "range", min: 0, max: last, step: 1 });
    input.setAttribute("aria-label", t("{name}: {says}", { name, says: t(says) }));
    on(input, "input", () => put({ [name]: steps[Number(input.value)] }));
    const value = make("span", "value");
    const marks = make("span", "compass-marks");
    const node = make("div", "control", make("span", "name", name), value, make("span", "compass-says", t(says)), input, marks);
    const box = make("input", "");
    let before = data.start[name] ?? 0.5; // what it goes back to once it can be measured
    if (missing) {
      box.type = "checkbox";
      box.setAttribute("aria-label", t("{name} cannot be measured", { name }));
      on(box, "change", () => put({ [name]: box.checked ? null : before }));
      node.append(make("label", "missing", box, t("cannot be measured")));
    }
    const show = (x, path) => {
      before = x ?? before;
      const at = placed(steps, before);
      input.disabled = box.checked = x === null;
      input.value = Math.round(at);
      input.style.setProperty("--share", `${(100 * at) / last}%`);
      value.textContent = x === null ? "–" : shown(x);
      input.setAttribute("aria-valuetext", value.textContent);
      const asked = path.flatMap(({ checks }) => checks).filter(({ fact }) => fact === name);
      marks.replaceChildren(...[...new Set(asked.map((check) => check.at))].map((line) => {
        const mark = make("span", "compass-mark");
        mark.style.setProperty("--at", placed(steps, line) / last);
        return mark;
      }));
    };
    return { name, show, node };
  });

  const back = make("button", "button", data.measured ? t("Back to what was measured") : t("Reset"));
  back.type = "button";
  on(back, "click", () => put(data.start));

  const [strategy, meaning, because] = ["strategy", "meaning", "because"].map((name) => make("p", name));
  const drawn = map(data, t);
  const list = make("ol", "asked");
  list.setAttribute("role", "list");
  const key = make("p", "note", t("Lines of the map: solid for yes, dashed for no, dotted for what cannot be measured."));
  const odd = make("p", "note", t("More people are shared than known in the target: no pair of domains is like that."));
  const reached = data.outcomes && bars(data, walk(data, data.start).at(-1).to, t);
  const said = announcer();
  const controls = make("div", "controls xdrec-lab-compass-controls", ...sliders.map(({ node }) => node));
  const verdict = make("div", "verdict", strategy, meaning, because);
  const route = make("div", "route", make("div", "", drawn.node, key), list);
  const root = make("div", "", controls, make("div", "tools", back), odd, verdict, route, said.node);
  if (reached) said.node.before(reached.node);

  function row({ fact, sign, line, of, x, at, holds }) {
    const away = Number(Math.abs(x - at).toPrecision(counts.has(fact) ? 6 : 2));
    const far =
      Number.isNaN(x) ? t("cannot be measured")
      : x === at ? t("exactly on the line")
      : x < at ? t("{by} below the line", { by: away })
      : t("{by} above the line", { by: away });
    const value = Number.isNaN(x) ? "–" : shown(x);
    const text = `${fact} ${value} ${compared({ sign, line, of })}${of ? ` = ${shown(at)}` : ""}`;
    const mark = make("span", "compass-tick", Number.isNaN(x) ? "?" : holds ? "✓" : "✗");
    mark.setAttribute("aria-hidden", "true");
    return make("div", "compass-check", mark, make("span", "", text), make("span", "compass-far", far));
  }

  function draw() {
    const facts = model.get("facts");
    const path = walk(data, facts);
    const chosen = path.at(-1).to;
    const fill = Object.fromEntries(data.facts.map(({ name }) => [name, written(valueOf(facts, name), counts.has(name))]));
    const reasons = path.filter((step) => step.because).map((step) => t(step.because, fill));
    sliders.forEach(({ name, show }) => show(facts[name], path));
    strategy.textContent = t(chosen);
    meaning.textContent = t(data.strategies[chosen]);
    because.textContent = reasons.reduce((one, two) => t("{one}; {two}", { one, two }));
    odd.hidden = !(facts.shared > facts.known);
    drawn.show(path, chosen);
    list.replaceChildren(...path.map(({ name, checks, answer }) => {
      const told = make("span", `answer xdrec-lab-${answer}`, answer === "unknown" ? t("cannot be measured") : t(answer));
      return make("li", "compass-step", make("span", "line", make("span", "ask", t(data.rules[name].asks)), told), ...checks.map(row));
    }));
    reached?.show(same(data.start, facts));
    said.say(t("Advice: {strategy}. {because}", { strategy: strategy.textContent, because: because.textContent }));
  }

  return mount(context, root, ["facts"], draw, [deaf, said.stop]);
});

export default { render };
