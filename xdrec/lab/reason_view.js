// ReasonView in the browser: a list whose scores are sums, what each thing in the history gives to
// each of them, and the list of what is left when some are switched off.

const NAMED = 2, LONG = 60; // things that a sentence names, letters of their titles
const TONES = 5; // so many have a colour of their own

// The best k as { i, score }. Numbers are whole: sums and ties are those of Python.
function ranked({ parts, rest }, on, k) {
  const scores = rest.map((left, i) => on.reduce((sum, j) => sum + parts[j][i], left));
  const order = scores.map((score, i) => ({ i, score })).sort((a, b) => b.score - a.score || a.i - b.i);
  return on.length || rest.some(Boolean) ? order.slice(0, k) : [];
}

const short = (title) => ([...title].length > LONG ? `${[...title].slice(0, LONG).join("")}…` : title);

// A whole number of Python's as words have it, with its sign.
function signed(n, { decimals, digits }) {
  const rounded = Math.floor(Math.abs(n) / 10 ** (decimals - digits) + 0.5);
  return `${n < 0 ? "−" : "+"}${(rounded / 10 ** digits).toFixed(digits)}`;
}

// The sentence: text and titles, these each in a direction of its own. `given` are [title, part].
function sentence(given, rest, say, t) {
  const speak = given.filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  const against = given.filter(([, n]) => n < 0);
  const said = [];
  speak.slice(0, NAMED).forEach(([title, n], at) =>
    said.push(at ? t(", ") : t("because of "), make("bdi", "", short(title)), ` (${say(n)})`));
  if (!said.length) said.push(t("nothing that is on speaks for it"));
  if (speak.length > NAMED) said.push(t(", and {n} more", { n: speak.length - NAMED }));
  const sum = against.reduce((all, [, n]) => all + n, 0);
  if (sum) said.push(t("; {n} against it ({sum})", { n: against.length, sum: say(sum) }));
  if (rest) said.push(t("; the rest {sum}", { sum: say(rest) }));
  return said;
}

// The bar: what speaks for it grows to the right from nought, what speaks against it to the left.
function bar(node, slices, low, high) {
  const wide = high - low || 1;
  const share = (n) => `${((100 * n) / wide).toFixed(2)}%`;
  let right = 0, left = 0;
  const drawn = slices.filter(({ n }) => n).map(({ n, style, title }) => {
    const part = make("span", `part ${style}`);
    if (n < 0) left += n;
    part.style.setProperty("--from", share((n < 0 ? left : right) - low));
    part.style.setProperty("--wide", share(Math.abs(n)));
    if (n > 0) right += n;
    part.title = title;
    return part;
  });
  const nought = make("span", "nought");
  nought.style.setProperty("--from", share(-low));
  node.replaceChildren(...drawn, ...(low < 0 ? [nought] : []));
}

function listed(number) {
  const [title, moved, parts] = [make("span", "title"), make("span", "moved"), make("span", "parts")];
  const [why, score] = [make("span", "reason"), make("span", "score")];
  parts.setAttribute("aria-hidden", "true"); // the sentence says it
  const body = make("span", "body", make("span", "line", title, moved), parts, why);
  const node = make("li", "item", make("span", "place", number), body, score);
  const show = (entry) => {
    title.textContent = title.title = entry.title;
    moved.textContent = entry.moved;
    bar(parts, entry.slices, entry.low, entry.high);
    why.replaceChildren(...entry.why);
    score.textContent = entry.score;
    score.title = entry.exact;
  };
  return { node, show };
}

const CHINESE = {
  "what u did, what gives most first": "用户的历史，贡献最大的在前",
  "All on": "全部打开",
  "All off": "全部关闭",
  "the list, and why": "列表及其理由",
  ", ": "、",
  "because of ": "因为",
  ", and {n} more": "，另有 {n} 项",
  "nothing that is on speaks for it": "已打开的各项都不支持它",
  "; {n} against it ({sum})": "；{n} 项不支持它（{sum}）",
  "; the rest {sum}": "；其余 {sum}",
  "all others": "其余各项",
  "the rest": "与历史无关的部分",
  "↑ from {place}": "↑ 原第 {place} 位",
  "↓ from {place}": "↓ 原第 {place} 位",
  "as before": "位置不变",
  "Nothing is on: nothing to go by.": "没有打开任何一项：没有依据。",
  "Nothing to list.": "没有可列出的物品。",
  "What is switched off has its parts taken away; no model is asked again.":
    "关闭一项即减去其贡献；并不重新询问模型。",
  "Ranked among {n} of {all} items, the best with all on, with each off and with each alone: with much switched off another could belong here.":
    "仅在 {all} 个物品中的 {n} 个里排序：全部打开、逐项关闭与逐项单独打开时的最优者；关闭较多时，其他物品也可能上榜。",
  "{n} more things in the history give least and stay on, in the rest.": "历史中另有 {n} 项贡献最小，保持打开，计入其余部分。",
  "{n} of {all} on.": "已打开 {all} 项中的 {n} 项。",
};

const render = localized(CHINESE, (context) => {
  const { model, t } = context;
  const { on, deaf } = listeners();
  const put = (off) => (model.set("off", off), model.save_changes());
  const idsOf = ({ items, users }, user) => users[user].history.map((at) => items[at].id);
  const menu = userMenu(context, on);
  on(menu, "change", () => put([])); // as Python does for another user
  const every = make("button", "button"); // one button for both, which always does something
  every.type = "button";
  on(every, "click", () => put(model.get("off").length ? [] : idsOf(model.get("data"), model.get("user"))));
  const things = make("div", "things");
  const named = (node, role, label) => (node.setAttribute("role", role), node.setAttribute("aria-label", label));
  named(things, "group", t("what u did, what gives most first"));
  const list = make("ol", "list xdrec-lab-reasons");
  named(list, "list", t("the list, and why")); // a role that a list without numbers may lose
  const fill = places(list, (i) => listed(i + 1));
  const [nothing, note, said] = [make("p", "nothing"), make("p", "note"), announcer()];
  const root = make("div", "", make("div", "head", menu, every), things, nothing, list, note, said.node);

  let seen = {}; // the data and user that the buttons were made for
  let buttons = [];
  let tones = new Map(); // who has which colour; it is kept as long as it is among the largest

  function build(data, user) {
    const shown = data.users[user];
    buttons = shown.history.map((at) => {
      const { id, title } = data.items[at];
      const button = make("button", "", make("span", "title", title));
      Object.assign(button, { type: "button", title });
      on(button, "click", () => {
        const off = model.get("off");
        // In the order of the buttons, as Python keeps them.
        put(idsOf(data, user).filter((each) => off.includes(each) !== (each === id)));
      });
      return button;
    });
    things.replaceChildren(...buttons);
    tones = new Map();
    menu.value = user;
    note.textContent = [
      t("What is switched off has its parts taken away; no model is asked again."),
      !shown.exact && t("Ranked among {n} of {all} items, the best with all on, with each off and with each alone: with much switched off another could belong here.", { n: shown.items.length, all: shown.all }),
      shown.always > 0 && t("{n} more things in the history give least and stay on, in the rest.", { n: shown.always }),
    ].filter(Boolean).join(" ");
  }

  function paint({ parts }, left, best) {
    const much = (j) => best.reduce((sum, { i }) => sum + Math.abs(parts[j][i]), 0);
    const largest = left.map((j) => [j, much(j)]).sort((a, b) => b[1] - a[1]).slice(0, TONES).map(([j]) => j);
    tones = new Map([...tones].filter(([j]) => largest.includes(j)));
    const free = [...Array(TONES).keys()].filter((tone) => ![...tones.values()].includes(tone));
    for (const j of largest) if (!tones.has(j)) tones.set(j, free.shift());
  }

  function draw() {
    const [data, user, off, k] = ["data", "user", "off", "k"].map((name) => model.get(name));
    if (seen.data !== data || seen.user !== user) build(data, user);
    seen = { data, user };
    const shown = data.users[user];
    const titles = shown.history.map((at) => data.items[at].title);
    const left = [...titles.keys()].filter((j) => !off.includes(data.items[shown.history[j]].id));
    const best = ranked(shown, left, k);
    paint(shown, left, best);
    const say = (n) => signed(n, data);
    const rows = best.map(({ i, score }, at) => {
      const given = left.map((j) => [titles[j], shown.parts[j][i]]);
      const coloured = left.filter((j) => tones.has(j)).map((j) => ({
        n: shown.parts[j][i], style: `xdrec-lab-m${tones.get(j)}`, title: `${short(titles[j])} ${say(shown.parts[j][i])}`,
      }));
      const others = [Math.max, Math.min].map((pick) => {
        const n = left.filter((j) => !tones.has(j)).reduce((sum, j) => sum + pick(0, shown.parts[j][i]), 0);
        return { n, style: "", title: `${t("all others")} ${say(n)}` };
      });
      const rest = { n: shown.rest[i], style: "xdrec-lab-remainder", title: `${t("the rest")} ${say(shown.rest[i])}` };
      const place = shown.places[i]; // with all on
      const way = place > at + 1 ? t("↑ from {place}", { place }) : place < at + 1 ? t("↓ from {place}", { place }) : t("as before");
      return {
        key: i, title: data.items[shown.items[i]].title, moved: off.length ? way : "",
        slices: [...coloured, ...others, rest], why: sentence(given, shown.rest[i], say, t),
        score: say(score).replace("+", ""), exact: String(score / 10 ** data.decimals),
      };
    });
    const ends = [Math.min, Math.max].map((pick) =>
      pick(0, ...rows.map(({ slices }) => slices.reduce((sum, { n }) => sum + pick(0, n), 0))));
    buttons.forEach((button, j) => {
      button.className = `xdrec-lab-thing${tones.has(j) ? ` xdrec-lab-m${tones.get(j)}` : ""}`;
      button.setAttribute("aria-pressed", left.includes(j));
    });
    every.textContent = off.length ? t("All on") : t("All off");
    every.hidden = things.hidden = !buttons.length;
    fill(rows.map((entry) => ({ ...entry, low: ends[0], high: ends[1] })));
    nothing.hidden = rows.length > 0;
    nothing.textContent = left.length ? t("Nothing to list.") : t("Nothing is on: nothing to go by.");
    const first = rows.length ? t("First: {title}", rows[0]) : nothing.textContent;
    said.say(`${t("{n} of {all} on.", { n: left.length, all: buttons.length })} ${first}`);
  }

  return mount(context, root, ["user", "off", "k", "data"], draw, [deaf, said.stop]);
});

export default { render };
