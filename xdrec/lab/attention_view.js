// AttentionView in the browser: a word's attention laid over the picture, a patch's over the words.
// Pointing shows, a click (or Enter) holds; with the arrow keys one goes from word to word and from
// patch to patch.

// A group of buttons of which one can be reached by Tab, the rest by arrow keys.
function roving(buttons, columns, on) {
  buttons.forEach((button, at) => {
    button.tabIndex = at ? -1 : 0;
    on(button, "keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
      const to = event.key === "Home" ? 0 : event.key === "End" ? buttons.length - 1 : at + steps[event.key];
      if (!buttons[to]) return;
      event.preventDefault();
      buttons.forEach((each, n) => (each.tabIndex = n === to ? 0 : -1));
      buttons[to].focus();
    });
  });
}

const percent = (share) => `${Math.round(100 * share)} %`;
const place = (at, columns) => ({ row: Math.floor(at / columns) + 1, column: (at % columns) + 1 });
const most = (values) => values.reduce((best, value, n) => (value > values[best] ? n : best), 0);

const CHINESE = {
  pair: "图文对",
  "pair {n}": "第 {n} 对",
  "patches of the picture": "图像的小块",
  "words of the text": "文本的词",
  "row {row}, column {column}": "第 {row} 行第 {column} 列",
  "“{word}” looks most at row {row}, column {column}: {share} of its attention; an even share is {even}.":
    "“{word}”最关注第 {row} 行第 {column} 列：占其注意力的 {share}；平均分配时为 {even}。",
  "Row {row}, column {column} is looked at most by “{word}”: {share} of its attention.":
    "第 {row} 行第 {column} 列最受“{word}”关注：占其注意力的 {share}。",
  "Point at a word or at a patch. The darker a word, the more it counts in the text.":
    "请指向一个词或一个小块。词的颜色越深，它在文本中的分量越大。",
};

const render = localized(CHINESE, (context) => {
  const { model, t } = context;
  const { on, deaf } = listeners();
  const { pairs } = model.get("data");

  const put = (name, value) => {
    // As in Python: a word lets go of the patch, a patch of the word.
    if (value >= 0) model.set(name === "word" ? "patch" : "word", -1);
    model.set(name, value);
    model.save_changes();
  };

  const menu = make("select", "user");
  menu.setAttribute("aria-label", t("pair"));
  menu.append(...pairs.map((_, n) => new Option(t("pair {n}", { n: n + 1 }), n)));
  on(menu, "change", () => {
    ["word", "patch"].forEach((name) => model.set(name, -1));
    model.set("pair", Number(menu.value));
    model.save_changes();
  });
  menu.hidden = pairs.length < 2;

  const picture = make("div", "looked");
  const words = make("p", "words");
  picture.setAttribute("role", "group");
  picture.setAttribute("aria-label", t("patches of the picture"));
  words.setAttribute("role", "group");
  words.setAttribute("aria-label", t("words of the text"));
  const answer = make("p", "note");
  const said = announcer();
  const both = make("div", "sides", picture, make("div", "", words, answer));
  const root = make("div", "", menu, both, said.node);

  let built = -1;
  let hover = null; // what the pointer is over: [name, number]
  let tokens = [], patches = [];

  function pointing(buttons, name) {
    buttons.forEach((button, at) => {
      on(button, "pointerenter", () => ((hover = [name, at]), draw()));
      on(button, "pointerleave", () => ((hover = null), draw()));
      on(button, "click", () => put(name, model.get(name) === at ? -1 : at));
    });
  }

  function build(pair) {
    const [rows, columns] = pair.grid;
    const image = make("img", "picture");
    Object.assign(image, { src: pair.picture, alt: "" });
    patches = pair.maps[0].map((_, at) => {
      const button = make("button", "patch");
      button.type = "button";
      button.setAttribute("aria-label", t("row {row}, column {column}", place(at, columns)));
      return button;
    });
    const grid = make("div", "patches", ...patches);
    grid.style.setProperty("--columns", columns);
    grid.style.setProperty("--rows", rows);
    picture.replaceChildren(image, grid);
    tokens = pair.tokens.map((token) => {
      const button = make("button", "word", token);
      button.type = "button";
      return button;
    });
    words.replaceChildren(...tokens);
    roving(patches, columns, on);
    roving(tokens, 1, on);
    pointing(patches, "patch");
    pointing(tokens, "word");
  }

  function draw() {
    const [at, held, spot] = ["pair", "word", "patch"].map((name) => model.get(name));
    const pair = pairs[at];
    if (built !== at) {
      build(pair);
      menu.value = at;
      built = at;
    }
    const word = hover ? (hover[0] === "word" ? hover[1] : -1) : held;
    const patch = hover ? (hover[0] === "patch" ? hover[1] : -1) : spot;
    const over = word >= 0 ? pair.maps[word] : patches.map(() => 0);
    const upon = patch >= 0 ? pair.maps.map((map) => map[patch]) : word >= 0 ? tokens.map(() => 0) : pair.shares;
    const show = (buttons, shares, chosen) => {
      const top = Math.max(...shares, 1e-9);
      buttons.forEach((button, n) => {
        button.style.setProperty("--much", (shares[n] / top).toFixed(4));
        button.setAttribute("aria-pressed", n === chosen);
      });
    };
    show(patches, over, patch);
    show(tokens, upon, word);
    root.classList.toggle("xdrec-lab-dimmed", word >= 0);
    const columns = pair.grid[1];
    if (word >= 0) {
      const best = most(over);
      answer.textContent = t(
        "“{word}” looks most at row {row}, column {column}: {share} of its attention; an even share is {even}.",
        { word: pair.tokens[word], ...place(best, columns), share: percent(over[best]), even: percent(1 / over.length) },
      );
    } else if (patch >= 0) {
      const best = most(upon);
      answer.textContent = t(
        "Row {row}, column {column} is looked at most by “{word}”: {share} of its attention.",
        { word: pair.tokens[best], ...place(patch, columns), share: percent(upon[best]) },
      );
    } else {
      answer.textContent = t("Point at a word or at a patch. The darker a word, the more it counts in the text.");
    }
    if (!hover) said.say(answer.textContent);
  }

  return mount(context, root, ["pair", "word", "patch", "data"], draw, [deaf, said.stop]);
});

export default { render };
