// LambdaDial in the browser: a place on the λ path, its curves with a cursor, one person's list.
// All of it is in the page already; turning the dial computes nothing.

const WIDE = 260, HIGH = 96, EDGE = { left: 6, right: 6, top: 8, bottom: 8 };

const written = (lam) => (lam === null ? "∞" : lam === 0 ? "0" : Number(lam.toPrecision(3)).toLocaleString("en"));

// Where λ stands between the ends, 0 to 1: the places of the path are equally far apart, and
// between two of them it goes by the logarithm.
function share(lambdas, lam) {
  const last = lambdas.length - 1;
  const at = lambdas.findIndex((each) => each === null || each >= lam);
  if (at <= 0) return at === 0 ? 0 : 1;
  const [low, high] = [lambdas[at - 1], lambdas[at]];
  const part = low > 0 && high !== null ? Math.log(lam / low) / Math.log(high / low) : 0.5;
  return (at - 1 + (high === lam ? 1 : part)) / last;
}

// A small chart whose x axis is the slider's own, and a cursor to be moved.
function chart({ title, lines, band }, places) {
  const values = [...Object.values(lines), ...(band ?? [])].flat();
  const low = Math.min(...values), high = Math.max(...values);
  const x = (at) => EDGE.left + (at / (places - 1)) * (WIDE - EDGE.left - EDGE.right);
  const y = (value) =>
    HIGH - EDGE.bottom - ((value - low) / (high - low || 1)) * (HIGH - EDGE.top - EDGE.bottom);
  const points = (line) => line.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
  const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "xdrec-lab-chart", role: "img" });
  if (band) {
    const around = [...points(band[0]), ...points(band[1]).reverse()].join(" ");
    picture.append(svg("polygon", { points: around, class: "xdrec-lab-band" }));
  }
  const names = Object.keys(lines);
  names.forEach((name, j) => {
    const style = `xdrec-lab-curve xdrec-lab-m${j}${j ? " xdrec-lab-dashed" : ""}`;
    picture.append(svg("polyline", { points: points(lines[name]).join(" "), class: style }));
  });
  const cursor = svg("line", { y1: 0, y2: HIGH, class: "xdrec-lab-cursor" });
  const dots = names.map((_, j) => svg("circle", { r: 4, class: `xdrec-lab-at xdrec-lab-m${j}` }));
  picture.append(cursor, ...dots);
  const numbers = make("span", "value");
  const caption = make("figcaption", "name", title, numbers);
  const node = make("figure", "figure", caption, picture);
  const show = (step) => {
    cursor.setAttribute("x1", x(step));
    cursor.setAttribute("x2", x(step));
    names.forEach((name, j) => {
      dots[j].setAttribute("cx", x(step));
      dots[j].setAttribute("cy", y(lines[name][step]));
    });
    const said = names.map((name) => {
      const value = lines[name][step];
      const short = Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
      return names.length > 1 ? `${name} ${short}` : short;
    });
    numbers.textContent = said.join(", ");
    picture.setAttribute("aria-label", `${title}: ${said.join(", ")}`);
  };
  return { node, show };
}

function listed(item) {
  const node = make("li", "item");
  const place = make("span", "place");
  const title = make("span", "title", item.title);
  title.title = item.title;
  const chips = ["target", "source"].map((end) => make("span", `chip xdrec-lab-${end}`));
  node.append(place, picture(item), make("span", "body", title, make("span", "chips", ...chips)));
  const fill = (rank, ends) => {
    place.textContent = rank;
    chips.forEach((chip, j) => {
      chip.textContent = `${["target", "source"][j]} ${ends[j] || "–"}`;
      chip.classList.toggle("xdrec-lab-out", !ends[j]);
      chip.title = ends[j] ? `place ${ends[j]} there` : "not in that list";
    });
  };
  return { node, fill };
}

let groups = 0; // names of radio groups must differ on a page

function render({ model, el }) {
  const { on, deaf } = listeners();
  const put = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };

  const input = make("input", "slider xdrec-lab-m0");
  Object.assign(input, { type: "range", min: 0, step: 1 });
  input.setAttribute("aria-label", "λ, the strength of transfer");
  on(input, "input", () => put("step", Number(input.value)));
  const value = make("output", "name");
  const star = make("span", "star", "λ*");
  const ends = ["0: the target alone", "∞: the source"].map((text) => make("span", "", text));
  const dial = make("div", "dial", value, star, input, make("span", "ends", ...ends));

  const menu = userMenu(model, on);
  const history = make("div", "history");
  const group = `xdrec-lab-norm-${groups++}`;
  const norms = make("fieldset", "norms", make("legend", "label", "norm"));
  const names = Object.keys(model.get("data").norms);
  const radios = names.map((name) => {
    const radio = make("input", "");
    Object.assign(radio, { type: "radio", name: group, value: name });
    on(radio, "change", () => put("norm", name));
    norms.append(make("label", "", radio, ` ${name}`));
    return radio;
  });
  norms.hidden = names.length < 2;
  const back = make("button", "button", "valid's choice");
  back.type = "button";
  on(back, "click", () => put("step", model.get("data").norms[model.get("norm")].chosen));

  const charts = make("div", "charts");
  const said = announcer();
  const from = make("p", "note");
  const list = make("ol", "list");
  list.setAttribute("role", "list");
  const head = make("div", "head", menu, history, norms, back);
  const root = make("div", "", head, dial, charts, from, list, said.node);

  let seen = {};
  let cards = new Map();
  let drawn = [];

  function draw() {
    const [data, norm, user, step] = ["data", "norm", "user", "step"].map((name) => model.get(name));
    const path = data.norms[norm];
    const last = path.lambdas.length - 1;
    if (seen.data !== data || seen.norm !== norm) {
      radios.forEach((radio) => (radio.checked = radio.value === norm));
      input.max = last;
      drawn = path.curves.map((curve) => chart(curve, last + 1));
      charts.replaceChildren(...drawn.map((one) => one.node));
      star.hidden = path.critical === null;
      star.style.setProperty("--at", path.critical === null ? 0 : share(path.lambdas, path.critical));
      star.title = `λ* = ${written(path.critical)}: from here on the target is the source`;
    }
    if (seen.data !== data || seen.user !== user) {
      cards = new Map();
      menu.value = user;
      const had = data.history[user] ?? [];
      history.replaceChildren(...had.map((i) => picture(data.items[i])));
      if (had.length) history.prepend(make("span", "label", "chosen so far"));
    }
    seen = { data, norm, user };
    input.value = step;
    input.style.setProperty("--share", `${(100 * step) / last}%`);
    const lam = path.lambdas[step];
    const where = step === 0 && lam === 0 ? ", the target alone" : lam === null ? ", the source" : "";
    value.textContent = `λ = ${written(lam)}${where}`;
    input.setAttribute("aria-valuetext", value.textContent);
    drawn.forEach((one) => one.show(step));

    const lists = path.lists[user] ?? path.lambdas.map(() => []);
    const place = (at, item) => lists[at].indexOf(item) + 1;
    const nodes = lists[step].map((item, i) => {
      if (!cards.has(item)) cards.set(item, listed(data.items[item]));
      const { node, fill } = cards.get(item);
      fill(i + 1, [place(0, item), place(last, item)]);
      return node;
    });
    reorder(list, nodes);
    const [own, lent] = [0, last].map((at) => lists[step].filter((i) => lists[at].includes(i)).length);
    from.hidden = !nodes.length;
    from.textContent = `Of ${nodes.length}, ${own} are on the target's own list and ${lent} on the source's.`;
    const top = nodes.length ? ` First: ${data.items[lists[step][0]].title}` : "";
    said.say(`${value.textContent}.${top}`);
  }

  return mount({ model, el }, root, ["step", "norm", "user", "data"], draw, [deaf, said.stop]);
}

export default { render };
