// Two bundles, each whole in itself, with names that never change: Django gives them hashes when it collects static files.
import { defineConfig } from "vite";

const entry = process.env.ENTRY || "charts";

export default defineConfig({
  publicDir: false,
  build: {
    target: "chrome90",
    outDir: "../static/build",
    emptyOutDir: false,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: `src/${entry}.js`,
      output: { format: "iife", entryFileNames: `${entry}.js` },
    },
  },
});
