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

  // The title in as many lines as the width asks for; the figure grows by what they take.
  function fitted({ title, font, margin, height = 450 }, width) {
    if (!title?.text) return {};
    const size = title.font?.size ?? 1.4 * (font?.size ?? 12);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${size}px ${colours().font}`;
    const long = (text) => pen.measureText(text.replace(/<[^>]*>/g, "")).width > 0.9 * width;
    const lines = [""];
    // A space inside a tag, as before an attribute, is no place for a break.
    for (const word of title.text.split(/ (?![^<>]*>)/)) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (lines.at(-1) && long(longer)) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    const top = margin?.t ?? 100;
    const more = 1.3 * size * (lines.length - 1);
    const change = { "title.text": lines.join("<br>"), "margin.t": top + more };
    change.height = height + more;
    // The first line stays where Plotly has it, its foot in the middle of the margin.
    if (title.y === undefined) {
      change["title.y"] = 1 - top / 2 / change.height;
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
    const dress = () => {
      const width = el.clientWidth || null;
      return Plotly.relayout(el, { width, ...themed(data, asked), ...fitted(asked, width ?? 700) });
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
