// Draws the Plotly figures of a page from the JSON beside each, and keeps them in the page's theme
// and width. A classic script, no module: browsers refuse modules in a page opened from disk.
(() => {
  "use strict";

  const dark = () => document.documentElement.dataset.theme === "dark";
  // The colours of the widgets (`xdrec/lab/theme.py`); paper is light.
  let printing = false;
  const colours = () => globalThis.xdrecTheme[dark() && !printing ? "dark" : "light"];

  function themed(data, layout) {
    const { tones, ink, line, font } = colours();
    const clear = "rgba(0,0,0,0)";
    const change = { paper_bgcolor: clear, plot_bgcolor: clear, "font.color": ink };
    change["font.family"] = font;
    change.colorway = tones;
    const axes = Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name));
    for (const axis of new Set(["xaxis", "yaxis", ...axes])) {
      for (const part of ["gridcolor", "linecolor", "zerolinecolor"]) change[`${axis}.${part}`] = line;
    }
    // Lines along the bars only strike through them and their values.
    for (const { type, orientation, xaxis = "x", yaxis = "y" } of data) {
      const id = orientation === "h" ? yaxis : xaxis;
      const axis = `${id[0]}axis${id.slice(1)}`;
      if (type === "bar") change[`${axis}.showgrid`] = layout[axis]?.showgrid ?? false;
    }
    // Bars pale enough for a value and an interval inside them to be read in the ink of the page.
    // In the template, and so only where the figure itself says nothing.
    const bar = { marker: { opacity: 0.6, line: { width: 0 } }, insidetextfont: { color: ink } };
    bar.error_x = bar.error_y = { color: ink, thickness: 1.5 };
    const { template } = layout;
    change.template = { ...template, data: { ...template?.data, bar: [bar] } };
    return change;
  }

  // A text in as many lines as the width asks for.
  function lines(text, size, width) {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${size}px ${colours().font}`;
    const long = (part) => pen.measureText(part.replace(/<[^>]*>/g, "")).width > width;
    const found = [""];
    // A space inside a tag, as before an attribute, is no place for a break.
    for (const word of text.split(/ (?![^<>]*>)/)) {
      const longer = `${found.at(-1)} ${word}`.trim();
      if (found.at(-1) && long(longer)) found.push(word);
      else found[found.length - 1] = longer;
    }
    return found;
  }

  // Titles of figure, axes and subplots in as many lines as they need; the figure grows by these.
  // `plot` is the room inside the margins, which Plotly has grown to hold the labels.
  function fitted(asked, width, plot) {
    const { title, font, margin, height = 450, annotations = [], legend, ...layout } = asked;
    const { t = 100, b = 80 } = margin ?? {};
    const change = {};
    const most = { title: 1, foot: 1, head: 1 };
    const size = (part, times) => part?.font?.size ?? times * (font?.size ?? 12);
    const share = ([from, to] = [0, 1]) => to - from;
    for (const [name, axis] of Object.entries(layout)) {
      const across = /^xaxis\d*$/.test(name);
      if (!axis?.title?.text || !(across || /^yaxis\d*$/.test(name))) continue;
      const room = share(axis.domain) * (across ? plot.w : plot.h);
      // A lone title may run over both ends of its axis, to the edge of the figure.
      const margins = across ? [plot.l, plot.r] : [plot.t, plot.b];
      const spare = share(axis.domain) === 1 ? 1.8 * Math.min(...margins) : 0;
      const found = lines(axis.title.text, size(axis.title, 1.2), room + spare);
      change[`${name}.title.text`] = found.join("<br>");
      if (across) most.foot = Math.max(most.foot, found.length);
    }
    // Subplots' titles are annotations above the paper, side by side.
    const heads = annotations.filter((a) => a.showarrow === false && a.yref === "paper" && a.y >= 1);
    annotations.forEach((head, at) => {
      if (!heads.includes(head) || heads.length < 2) return;
      const room = (0.95 * plot.w) / heads.length;
      const letter = Math.min(size(head, 4 / 3), width < 500 ? 12 : Infinity);
      const found = lines(head.text, letter, room);
      change[`annotations[${at}].text`] = found.join("<br>");
      change[`annotations[${at}].font.size`] = letter;
      most.head = Math.max(most.head, found.length);
    });
    const big = size(title, 1.4);
    if (title?.text) {
      const found = lines(title.text, big, 0.9 * width);
      change["title.text"] = found.join("<br>");
      most.title = found.length;
    }
    const above = 1.3 * (big * (most.title - 1) + 12 * (most.head - 1));
    const below = 1.3 * 1.2 * (font?.size ?? 12) * (most.foot - 1);
    change["margin.t"] = t + above;
    change["margin.b"] = b + below;
    change.height = height + above + below;
    // A legend below makes room for the axis title's lines; on a phone it goes above.
    const flat = legend?.orientation === "h";
    const usual = flat
      ? { x: 0, y: -0.1, yanchor: "top" }
      : { x: 1.02, y: 1, yanchor: "auto", orientation: "v" };
    const place = { ...usual, ...legend };
    if (width < 500 && !heads.length && legend?.x === undefined) {
      Object.assign(place, { x: 0, y: 1.02, orientation: "h", yanchor: "bottom" });
    } else if (flat && place.y < 0) {
      place.y -= below / plot.h;
    }
    for (const part of ["x", "y", "orientation", "yanchor"]) change[`legend.${part}`] = place[part];
    // The first line stays where Plotly has it, its foot in the middle of the margin.
    if (title?.text && title.y === undefined) {
      change["title.y"] = 1 - t / 2 / change.height;
      change["title.yanchor"] = "bottom";
    }
    return change;
  }

  async function draw(el) {
    const script = el.querySelector('script[type="application/vnd.xdrec.figure+json"]');
    const fallback = el.querySelector(".xdrec-fallback");
    const { data, layout, frames } = JSON.parse(script.textContent);
    script.remove();
    const asked = structuredClone(layout);
    const config = { responsive: true, displaylogo: false, displayModeBar: "hover" };
    await Plotly.newPlot(el, { data, layout, frames, config });
    fallback.remove();
    // A height that is set keeps Plotly from looking for the width again. Where the figure is hidden
    // there is none: Plotly's own, until it is shown.
    const dress = async () => {
      const width = el.clientWidth || null;
      await Plotly.relayout(el, { width, ...themed(data, asked) });
      await Plotly.relayout(el, fitted(asked, width ?? 700, el._fullLayout._size));
    };
    await dress();
    xdrecSliders(el);
    new MutationObserver(dress).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    for (const event of ["beforeprint", "afterprint"]) {
      addEventListener(event, () => ((printing = event === "beforeprint"), dress()));
    }
    let width = el.clientWidth;
    new ResizeObserver(() => {
      if (el.clientWidth !== width) dress();
      width = el.clientWidth;
    }).observe(el);
    el.dataset.live = "yes";
  }

  document.querySelectorAll(".xdrec-figure").forEach(draw);
})();
