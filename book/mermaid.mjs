// Bundles of Mermaid what draws flow charts, as a classic script: browsers refuse modules in a page
// opened from disk, and all its kinds of diagrams together weigh four times as much.
import { build } from "esbuild-wasm";

const KEPT = /\/(flowDiagram|dagre)-\w+\.mjs$/;

// Mermaid loads each kind of diagram and layout when a page first asks for it.
const flowChartsAlone = {
  name: "flow charts alone",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === "dynamic-import" && !KEPT.test(path) ? { path, namespace: "left out" } : null,
    );
    onLoad({ filter: /./, namespace: "left out" }, ({ path }) => ({
      contents: `throw new Error("this book draws flow charts alone, and not by ${path}")`,
    }));
  },
};

await build({
  stdin: { contents: 'export { default } from "mermaid"', resolveDir: "." },
  outfile: "node_modules/mermaid/dist/mermaid.flowchart.min.js",
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "xdrecMermaid",
  legalComments: "eof",
  plugins: [flowChartsAlone],
});
