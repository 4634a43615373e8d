// Draws the Plotly figures of a page from the JSON beside each, and keeps them in the page's theme.

// The colours of the widgets: those of Okabe and Ito, lighter on dark ground.
const COLOURS = {
  light: ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#7a68c9", "#d55e00"],
  dark: ["#56b4e9", "#f0b429", "#2ec99b", "#e39cc4", "#a99bf0", "#ff8a4c"],
};
const dark = () => document.documentElement.dataset.theme === "dark";

function themed(layout) {
  const [ink, line] = dark() ? ["#dbe3ec", "#3a4654"] : ["#2b3642", "#dfe5ec"];
  const clear = "rgba(0,0,0,0)";
  const change = { paper_bgcolor: clear, plot_bgcolor: clear, "font.color": ink };
  change["font.family"] = "system-ui, sans-serif";
  change.colorway = COLOURS[dark() ? "dark" : "light"];
  const axes = Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name));
  for (const axis of new Set(["xaxis", "yaxis", ...axes])) {
    for (const part of ["gridcolor", "linecolor", "zerolinecolor"]) change[`${axis}.${part}`] = line;
  }
  return change;
}

async function draw(el) {
  const script = el.querySelector('script[type="application/vnd.xdrec.figure+json"]');
  const { data, layout, frames } = JSON.parse(script.textContent);
  script.remove();
  const config = { responsive: true, displaylogo: false, displayModeBar: "hover" };
  await Plotly.newPlot(el, { data, layout, frames, config });
  const theme = () => Plotly.relayout(el, themed(el.layout));
  await theme();
  new MutationObserver(theme).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  el.dataset.live = "yes";
}

document.querySelectorAll(".xdrec-figure").forEach(draw);
