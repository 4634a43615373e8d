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
function chart({ title, lines, band }, places, t) {
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
  const caption = make("figcaption", "name", t(title), numbers);
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
      return names.length > 1 ? `${t(name)} ${short}` : short;
    });
    numbers.textContent = said.join(", ");
    picture.setAttribute("aria-label", `${t(title)}: ${said.join(", ")}`);
  };
  return { node, show };
}

function listed(number, t) {
  const title = make("span", "title");
  const chips = ["target", "source"].map((end) => make("span", `chip xdrec-lab-${end}`));
  const body = make("span", "body", title, make("span", "chips", ...chips));
  const node = make("li", "item", make("span", "place", number), make("span", "cover"), body);
  let shown = null;
  const show = ({ item, ends }) => {
    if (shown !== item) {
      shown = item;
      title.textContent = title.title = item.title;
      repicture(node.children[1], item);
    }
    chips.forEach((chip, j) => {
      chip.textContent = `${t(["target", "source"][j])} ${ends[j] || "–"}`;
      chip.classList.toggle("xdrec-lab-out", !ends[j]);
      chip.title = ends[j] ? t("place {place} there", { place: ends[j] }) : t("not in that list");
    });
  };
  return { node, show };
}

let groups = 0; // names of radio groups must differ on a page

const CHINESE = {
  target: "目标域",
  source: "源域",
  cold: "冷启动",
  valid: "验证集",
  test: "测试集",
  loss: "损失",
  drift: "偏移",
  "the target's own loss": "目标域自身的损失",
  "drift ‖θ_target − θ_source‖": "偏移 ‖θ_target − θ_source‖",
  "Recall@10, warm": "Recall@10，有历史的用户",
  "Recall@10, cold": "Recall@10，冷启动用户",
  "place {place} there": "在该列表中第 {place} 位",
  "not in that list": "不在该列表中",
  "λ, the strength of transfer": "λ，迁移强度",
  "0: the target alone": "0：仅目标域",
  "∞: the source": "∞：源域",
  norm: "范数",
  "valid's choice": "验证集的选择",
  "λ* = {critical}: from here on the target is the source": "λ* = {critical}：从此处起目标即源",
  "λ = {lam}": "λ = {lam}",
  "λ = {lam}, the target alone": "λ = {lam}，仅目标域",
  "λ = {lam}, the source": "λ = {lam}，源域",
  "Of {all}, {own} are on the target's own list and {lent} on the source's.":
    "{all} 项中，{own} 项在目标域自己的列表中，{lent} 项在源域的列表中。",
};

const render = localized(CHINESE, (context) => {
  const { model, t } = context;
  const { on, deaf } = listeners();
  const put = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };

  const input = make("input", "slider xdrec-lab-m0");
  Object.assign(input, { type: "range", min: 0, step: 1 });
  input.setAttribute("aria-label", t("λ, the strength of transfer"));
  on(input, "input", () => put("step", Number(input.value)));
  const value = make("output", "name");
  const star = make("span", "star", "λ*");
  const ends = [t("0: the target alone"), t("∞: the source")].map((text) => make("span", "", text));
  const dial = make("div", "dial", value, star, input, make("span", "ends", ...ends));

  const menu = userMenu(context, on);
  const history = make("div", "history");
  const group = `xdrec-lab-norm-${groups++}`;
  const norms = make("fieldset", "norms", make("legend", "label", t("norm")));
  const names = Object.keys(model.get("data").norms);
  const radios = names.map((name) => {
    const radio = make("input", "");
    Object.assign(radio, { type: "radio", name: group, value: name });
    on(radio, "change", () => put("norm", name));
    norms.append(make("label", "", radio, ` ${name}`));
    return radio;
  });
  norms.hidden = names.length < 2;
  const back = make("button", "button", t("valid's choice"));
  back.type = "button";
  on(back, "click", () => put("step", model.get("data").norms[model.get("norm")].chosen));

  const charts = make("div", "charts");
  const said = announcer();
  const from = make("p", "note");
  const list = make("ol", "list");
  list.setAttribute("role", "list");
  const fill = places(list, (i) => listed(i + 1, t));
  const head = make("div", "head", menu, history, norms, back);
  const root = make("div", "", head, dial, charts, from, list, said.node);

  let seen = {};
  let drawn = [];

  function draw() {
    const [data, norm, user, step] = ["data", "norm", "user", "step"].map((name) => model.get(name));
    const path = data.norms[norm];
    const last = path.lambdas.length - 1;
    if (seen.data !== data || seen.norm !== norm) {
      radios.forEach((radio) => (radio.checked = radio.value === norm));
      input.max = last;
      drawn = path.curves.map((curve) => chart(curve, last + 1, t));
      charts.replaceChildren(...drawn.map((one) => one.node));
      star.hidden = path.critical === null;
      star.style.setProperty("--at", path.critical === null ? 0 : share(path.lambdas, path.critical));
      star.title = t("λ* = {critical}: from here on the target is the source", { critical: written(path.critical) });
    }
    if (seen.data !== data || seen.user !== user) {
      menu.value = user;
      const had = data.history[user] ?? [];
      history.replaceChildren(...had.map((i) => picture(data.items[i])));
      if (had.length) history.prepend(make("span", "label", t("chosen so far")));
    }
    seen = { data, norm, user };
    const lists = path.lists[user] ?? path.lambdas.map(() => []);
    const place = (at, item) => lists[at].indexOf(item) + 1;
    fill(lists[step].map((key) => ({ key, item: data.items[key], ends: [place(0, key), place(last, key)] })));
    input.value = step;
    input.style.setProperty("--share", `${(100 * step) / last}%`);
    const lam = path.lambdas[step];
    const at = { lam: written(lam) };
    value.textContent =
      lam === null ? t("λ = {lam}, the source", at)
      : step === 0 && lam === 0 ? t("λ = {lam}, the target alone", at)
      : t("λ = {lam}", at);
    input.setAttribute("aria-valuetext", value.textContent);
    drawn.forEach((one) => one.show(step));
    const [own, lent] = [0, last].map((at) => lists[step].filter((i) => lists[at].includes(i)).length);
    from.hidden = !lists[step].length;
    from.textContent = t(
      "Of {all}, {own} are on the target's own list and {lent} on the source's.",
      { all: lists[step].length, own, lent },
    );
    const first = lists[step].length ? t("First: {title}", data.items[lists[step][0]]) : "";
    said.say(`${value.textContent}. ${first}`.trim());
  }

  return mount(context, root, ["step", "norm", "user", "data"], draw, [deaf, said.stop]);
});

export default { render };
