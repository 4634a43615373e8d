// FusionMixer in the browser: s = Σ α_m s_m, ranked again whenever a weight moves.
// Uses of the model only get, set, on, off and save_changes, so that the built book can stand in
// for JupyterLab. `make`, `picture`, `reorder` and the like stand in shared.js.

const clean = (weight) => Math.round(weight * 1e9) / 1e9;

// One weight moves; the others share what is left in the proportions they had.
function rebalance(alpha, moved, value) {
  const others = Object.keys(alpha).filter((m) => m !== moved);
  const had = others.reduce((sum, m) => sum + alpha[m], 0);
  const share = (m) => (had > 0 ? alpha[m] / had : 1 / others.length);
  const entry = (m) => [m, clean(m === moved ? value : (1 - value) * share(m))];
  return Object.fromEntries(Object.keys(alpha).map(entry));
}

// The k best of a user's candidates; equal sums in catalogue order, as in Python's ranking().
function rank(shown, modalities, alpha, k) {
  const parts = shown.items.map((_, i) => modalities.map((m, j) => alpha[m] * shown.scores[j][i]));
  const total = parts.map((part) => part.reduce((sum, x) => sum + x, 0));
  const order = shown.items.map((_, i) => i).sort((a, b) => total[b] - total[a] || a - b);
  return order.slice(0, k).map((i) => ({ item: shown.items[i], parts: parts[i], score: total[i] }));
}

function card(item, modalities, held) {
  const node = make("li", "item");
  const place = make("span", "place");
  const title = make("span", "title", item.title);
  title.title = item.title;
  const score = make("span", "score");
  const segments = modalities.map((m, j) => make("span", `part xdrec-lab-m${j % 6}`));
  const bar = make("span", "bar", ...segments);
  bar.setAttribute("role", "img");
  const line = make("span", "line", title);
  if (held) line.append(make("span", "held", held));
  node.append(place, picture(item), make("span", "body", line, bar), score);
  const fill = (rank, parts, total) => {
    place.textContent = rank;
    score.textContent = total.toFixed(2);
    segments.forEach((segment, j) => (segment.style.width = `${100 * parts[j]}%`));
    const said = modalities.map((m, j) => `${m} ${parts[j].toFixed(2)}`).join(", ");
    bar.setAttribute("aria-label", `score made of ${said}`);
    bar.title = said;
  };
  return { node, fill };
}

function render({ model, el }) {
  const listening = new AbortController();
  const on = (node, event, act) => node.addEventListener(event, act, { signal: listening.signal });
  const { modalities } = model.get("data");

  const setAlpha = (alpha) => {
    model.set("alpha", alpha);
    model.save_changes();
  };

  const sliders = modalities.map((m, j) => {
    const input = make("input", `slider xdrec-lab-m${j % 6}`);
    Object.assign(input, { type: "range", min: 0, max: 1, step: 0.01 });
    input.setAttribute("aria-label", `weight of ${m}`);
    const value = make("span", "value");
    const name = make("span", "name", make("span", `dot xdrec-lab-m${j % 6}`), m);
    on(input, "input", () => setAlpha(rebalance(model.get("alpha"), m, Number(input.value))));
    const show = (weight) => {
      input.value = weight;
      input.style.setProperty("--share", `${100 * weight}%`);
      input.setAttribute("aria-valuetext", `${Math.round(100 * weight)} percent`);
      value.textContent = `α = ${weight.toFixed(2)}`;
    };
    return { m, show, node: make("label", "control", name, value, input) };
  });

  const picker = userMenu(model, on);
  const code = make("code", "python");
  const copy = make("button", "button", "Copy");
  const reset = make("button", "button", "Reset");
  copy.type = reset.type = "button";
  copy.title = "copy the weights as Python";
  on(reset, "click", () => setAlpha({ ...model.get("data").start }));
  on(copy, "click", async () => {
    window.getSelection().selectAllChildren(code);
    // Without leave to write to the clipboard, the selected text is there for Ctrl-C.
    const done = await navigator.clipboard?.writeText(code.textContent).then(() => 1, () => 0);
    copy.textContent = done ? "Copied" : "Press Ctrl-C";
    clearTimeout(copied);
    copied = setTimeout(() => (copy.textContent = "Copy"), 1500);
  });

  const history = make("div", "history");
  const list = make("ol", "list");
  list.setAttribute("role", "list"); // which a list without numbers of its own may lose
  const note = make("p", "note");
  const said = announcer();
  const controls = make("div", "controls", ...sliders.map((slider) => slider.node));
  const head = make("div", "head", picker, history);
  const tools = make("div", "tools", code, make("span", "buttons", copy, reset));
  const root = make("div", "", head, controls, tools, list, note, said.node);
  root.className = "xdrec-lab";
  // JupyterLab would take the arrow keys for moving from cell to cell.
  on(root, "keydown", (event) => event.stopPropagation());

  let copied = null;
  let cards = new Map();
  let seen = null; // the data and user that the cards were made for

  function draw() {
    const [data, alpha, user] = ["data", "alpha", "user"].map((name) => model.get(name));
    const shown = data.users[user];
    const best = rank(shown, modalities, alpha, model.get("k"));
    if (seen?.data !== data || seen?.user !== user) {
      cards = new Map();
      seen = { data, user };
      picker.value = user;
      history.replaceChildren(...shown.history.map((i) => picture(data.items[i])));
      if (shown.history.length) history.prepend(make("span", "label", "chosen so far"));
      head.hidden = picker.hidden && !shown.history.length;
      note.hidden = shown.exact;
      note.textContent = `Ranked among the ${shown.items.length} items that lead in some modality.`;
    }
    sliders.forEach(({ m, show }) => show(alpha[m]));
    const pairs = modalities.map((m) => `${JSON.stringify(m)}: ${Number(alpha[m].toFixed(4))}`);
    code.textContent = `alpha = {${pairs.join(", ")}}`;

    const nodes = best.map(({ item, parts, score }, i) => {
      if (!cards.has(item)) {
        const held = shown.truth.includes(item) && data.mark;
        cards.set(item, card(data.items[item], modalities, held));
      }
      const { node, fill } = cards.get(item);
      fill(i + 1, parts, score);
      return node;
    });
    reorder(list, nodes);
    const top = best.length ? `First: ${data.items[best[0].item].title}` : "Nothing to list";
    said.say(top);
  }

  const unfollow = follow(model, ["alpha", "user", "k", "data"], draw);
  el.append(root);
  draw();

  return () => {
    listening.abort();
    unfollow();
    said.stop();
    clearTimeout(copied);
    root.remove();
  };
}

export default { render };
