// FusionMixer in the browser: s = Σ α_m s_m, ranked again whenever a weight moves.
// Uses of the model only get, set, on, off and save_changes, so that the built book can stand in
// for JupyterLab. `make`, `picture`, `places` and the like stand in shared.js.

const clean = (weight) => Math.round(weight * 1e9) / 1e9;

// One weight moves as far as the locked ones leave room; the others share what is left in the
// proportions they had.
function rebalance(alpha, moved, wanted, locked) {
  const others = Object.keys(alpha).filter((m) => m !== moved);
  const free = others.filter((m) => !locked.includes(m));
  const sum = (names) => names.reduce((total, m) => total + alpha[m], 0);
  const room = 1 - sum(others.filter((m) => locked.includes(m)));
  const value = free.length ? Math.min(wanted, room) : room;
  const had = sum(free);
  const share = (m) => (had > 0 ? alpha[m] / had : 1 / free.length);
  const weight = (m) => (m === moved ? value : locked.includes(m) ? alpha[m] : (room - value) * share(m));
  return Object.fromEntries(Object.keys(alpha).map((m) => [m, clean(weight(m))]));
}

// Weights by chance, all mixtures alike likely; the locked ones stay.
function surprise(alpha, locked) {
  const names = Object.keys(alpha);
  const drawn = names.map((m) => (locked.includes(m) ? 0 : -Math.log(1 - Math.random())));
  const total = drawn.reduce((sum, x) => sum + x, 0);
  const room = 1 - names.reduce((sum, m) => sum + (locked.includes(m) ? alpha[m] : 0), 0);
  const entry = (m, j) => [m, locked.includes(m) ? alpha[m] : clean((room * drawn[j]) / total)];
  return total ? Object.fromEntries(names.map(entry)) : alpha;
}

const discount = (i) => 1 / Math.log2(i + 2);

// The k best of a user's candidates, `columns[m][i]` the score of i in modality m; equal sums in
// catalogue order, as in Python's ranking(). `there[m][i]`: 0 where i lacks m, whose weight then goes
// to the others. One pass: each is held against the worst of the best.
function rank(columns, there, weights, k) {
  const n = columns[0].length;
  const whole = new Float64Array(n).fill(there ? 0 : 1);
  there?.forEach((has, j) => has.forEach((one, i) => (whole[i] += weights[j] * one)));
  const share = (j, i) => (there ? (weights[j] * there[j][i]) / whole[i] : weights[j]);
  const total = new Float64Array(n);
  columns.forEach((column, j) => {
    for (let i = 0; i < n; i++) total[i] += share(j, i) * column[i];
  });
  const best = [];
  for (let i = 0; i < n; i++) {
    if (!whole[i] || (best.length === k && !(total[i] > total[best[k - 1]]))) continue;
    if (best.length === k) best.pop();
    let at = best.length;
    while (at && total[i] > total[best[at - 1]]) at--;
    best.splice(at, 0, i);
  }
  const part = (j, i) => (there && !there[j][i] ? null : share(j, i) * columns[j][i]);
  return best.map((row) => ({ row, score: total[row], parts: columns.map((_, j) => part(j, row)) }));
}

// The shares of a score side by side, as one picture: it costs no layout when they change.
function stacked(parts) {
  let from = 0;
  const stops = parts.map((part, j) => `var(--m${j % 6}) ${from}% ${(from += 100 * (part ?? 0))}%`);
  return `linear-gradient(90deg, ${[...stops, `transparent ${from}%`].join(", ")})`;
}

function place(number, modalities, t) {
  const [title, score, bar] = ["title", "score", "bar"].map((name) => make("span", name));
  bar.setAttribute("role", "img");
  const line = make("span", "line", title);
  const body = make("span", "body", line, bar);
  const node = make("li", "item", make("span", "place", number), make("span", "cover"), body, score);
  let shown = null;
  const show = ({ item, marks, parts, score: total }) => {
    const what = [item.id, ...marks].join("\0");
    if (shown !== what) {
      shown = what;
      title.textContent = title.title = item.title;
      line.replaceChildren(title, ...marks.map((mark) => make("span", "held", mark)));
      repicture(node.children[1], item);
    }
    score.textContent = total.toFixed(2);
    bar.style.backgroundImage = stacked(parts);
    const said = modalities.map((m, j) => `${m} ${parts[j]?.toFixed(2) ?? t("missing")}`).join(", ");
    bar.setAttribute("aria-label", t("score made of {parts}", { parts: said }));
    bar.title = said;
  };
  return { node, show };
}

const CHINESE = {
  missing: "缺失",
  "score made of {parts}": "得分的组成：{parts}",
  "weight of {name}": "{name} 的权重",
  "lock {name}": "锁定 {name}",
  lock: "锁定",
  locked: "已锁定",
  "{n} percent": "百分之 {n}",
  Copy: "复制",
  Copied: "已复制",
  "Press Ctrl-C": "请按 Ctrl-C",
  "copy the weights as Python": "复制权重的 Python 代码",
  "Surprise me": "随机一组",
  ideal: "理想",
  "held out": "留出",
  "Ranked among the {n} items that lead for some weights.": "仅在对某些权重领先的 {n} 项之间排序。",
  "NDCG@{k} against the ideal list: {ndcg}": "与理想列表相比的 NDCG@{k}：{ndcg}",
  "Nothing to list": "没有可列出的项",
};

const render = localized(CHINESE, (context) => {
  const { model, t } = context;
  const { on, deaf } = listeners();
  const { modalities } = model.get("data");

  const setAlpha = (alpha) => {
    model.set("alpha", alpha);
    model.save_changes();
  };

  const sliders = modalities.map((m, j) => {
    const input = make("input", `slider xdrec-lab-m${j % 6}`);
    Object.assign(input, { type: "range", min: 0, max: 1, step: 0.01 });
    input.setAttribute("aria-label", t("weight of {name}", { name: m }));
    const value = make("span", "value");
    const name = make("span", "name", make("span", `dot xdrec-lab-m${j % 6}`), m);
    on(input, "input", () => {
      const moved = rebalance(model.get("alpha"), m, Number(input.value), model.get("locked"));
      setAlpha(moved);
      show(moved[m], false); // it may have been asked for more than there is room for
    });
    const lock = make("button", "lock");
    lock.type = "button";
    lock.setAttribute("aria-label", t("lock {name}", { name: m }));
    on(lock, "click", (event) => {
      event.preventDefault(); // it stands in the slider's label
      const locked = model.get("locked");
      model.set("locked", locked.includes(m) ? locked.filter((x) => x !== m) : [...locked, m]);
      model.save_changes();
    });
    const show = (weight, locked) => {
      input.disabled = locked;
      lock.setAttribute("aria-pressed", locked);
      lock.textContent = locked ? t("locked") : t("lock");
      input.value = weight;
      input.style.setProperty("--share", `${100 * weight}%`);
      input.setAttribute("aria-valuetext", t("{n} percent", { n: Math.round(100 * weight) }));
      value.textContent = `α = ${weight.toFixed(2)}`;
    };
    return { m, show, node: make("div", "control", name, make("span", "", value, lock), input) };
  });

  const picker = userMenu(context, on);
  const code = make("code", "python");
  const [copy, chance, reset] = [t("Copy"), t("Surprise me"), t("Reset")].map((text) => make("button", "button", text));
  copy.type = chance.type = reset.type = "button";
  copy.title = t("copy the weights as Python");
  on(chance, "click", () => setAlpha(surprise(model.get("alpha"), model.get("locked"))));
  on(reset, "click", () => {
    model.set("locked", []);
    setAlpha({ ...model.get("data").start });
  });
  on(copy, "click", async () => {
    window.getSelection().selectAllChildren(code);
    // Without leave to write to the clipboard, the selected text is there for Ctrl-C.
    const done = await navigator.clipboard?.writeText(code.textContent).then(() => 1, () => 0);
    copy.textContent = done ? t("Copied") : t("Press Ctrl-C");
    clearTimeout(copied);
    copied = setTimeout(() => (copy.textContent = t("Copy")), 1500);
  });

  const history = make("div", "history");
  const list = make("ol", "list");
  list.setAttribute("role", "list"); // which a list without numbers of its own may lose
  const fill = places(list, (i) => place(i + 1, modalities, t));
  const note = make("p", "note");
  const quality = make("output", "quality");
  const said = announcer();
  const controls = make("div", "controls", ...sliders.map((slider) => slider.node));
  const head = make("div", "head", picker, history);
  const tools = make("div", "tools", code, make("span", "buttons", copy, chance, reset));
  const root = make("div", "", head, controls, tools, quality, list, note, said.node);

  let copied = null;
  let columns = []; // scores as plain numbers
  let seen = null; // the data and user that both were made for

  function draw() {
    const [data, alpha, user, locked] = ["data", "alpha", "user", "locked"].map((name) => model.get(name));
    const shown = data.users[user];
    if (seen?.data !== data || seen?.user !== user) {
      seen = { data, user };
      columns = shown.scores.map((scores) => Float64Array.from(scores));
      picker.value = user;
      history.replaceChildren(...shown.history.map((i) => picture(data.items[i])));
      if (shown.history.length) history.prepend(make("span", "label", t("chosen so far")));
      head.hidden = picker.hidden && !shown.history.length;
      note.hidden = shown.exact;
      note.textContent = t("Ranked among the {n} items that lead for some weights.", { n: shown.items.length });
    }
    const best = rank(columns, shown.there, modalities.map((m) => alpha[m]), model.get("k"));
    fill(best.map(({ row, parts, score }) => {
      const key = shown.items[row];
      const marks = [shown.truth.includes(key) && t(data.mark), shown.ideal?.includes(key) && t("ideal")];
      return { key, item: data.items[key], marks: marks.filter(Boolean), parts, score };
    }));
    sliders.forEach(({ m, show }) => show(alpha[m], locked.includes(m)));
    const pairs = modalities.map((m) => `${JSON.stringify(m)}: ${Number(alpha[m].toFixed(4))}`);
    code.textContent = `alpha = {${pairs.join(", ")}}`;
    quality.hidden = !shown.gains;
    if (shown.gains) {
      const reached = best.reduce((sum, { row }, place) => sum + shown.gains[row] * discount(place), 0);
      const ndcg = shown.best ? reached / shown.best : 0;
      quality.textContent = t("NDCG@{k} against the ideal list: {ndcg}", { k: model.get("k"), ndcg: ndcg.toFixed(3) });
    }
    const top = best.length ? t("First: {title}", data.items[shown.items[best[0].row]]) : t("Nothing to list");
    said.say(top);
  }

  return mount(context, root, ["alpha", "user", "k", "locked", "data"], draw, [deaf, said.stop, () => clearTimeout(copied)]);
});

export default { render };
