import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vite';

const here = import.meta.dirname;
const pages = readdirSync(here).filter((name) => name.endsWith('.html'));

/** What every page has, in one file: packed apart, the small ones would weigh more. */
const SHARED =
  /node_modules|ui.parts.(author|designation|emergency-number|fhir-client|forget|language|languages|page|parent-frame|refusal|service|settings|sign-in-links)\.|ui.engine.text\./;

/** The pages → `dist/ui`: one HTML file each, hashed assets, and the element under a name that stays. */
export default defineConfig({
  root: here,
  base: '/ui/',
  publicDir: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  experimental: {
    // Relative, so that the service also works below a path of its proxy.
    renderBuiltUrl: (file, { hostType, hostId }) =>
      hostType === 'html' ? `${isBelow(hostId) ? '../' : ''}ui/${file}` : { relative: true },
  },
  build: {
    outDir: join(here, '../../dist/ui'),
    emptyOutDir: true,
    target: 'es2022',
    // Preact's licence wants its notice kept.
    license: { fileName: 'licenses.md' },
    // A data: URL is not in the Content-Security-Policy, and an inline polyfill is not either.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: true,
    rolldownOptions: {
      input: [...pages.map((page) => join(here, page)), join(here, 'axspa-intake.ts')],
      output: {
        entryFileNames: ({ name }) => (name === 'axspa-intake' ? '[name].js' : 'assets/[name]-[hash].js'),
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
        codeSplitting: { groups: [{ name: 'shared', test: SHARED }] },
      },
    },
  },
});

/** Pages that are served at `/name/{id}`. */
function isBelow(page: string): boolean {
  return ['results.html', 'history.html'].some((name) => page.endsWith(name));
}
