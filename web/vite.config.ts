import { globSync } from 'node:fs'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

/** Every page of web/ is an entry: web/console.html is what the server sends for /console. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [
    svelte({
      configFile: false,
      onwarn(warning, warn) {
        // Wide tables scroll, and only what has the focus is scrolled with the keyboard.
        if (warning.code !== 'a11y_no_noninteractive_tabindex') warn?.(warning)
      },
    }),
  ],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    // No <link rel=modulepreload> script is injected: the pages' CSP allows scripts of their own files alone.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: globSync('*.html', { cwd: import.meta.dirname }).map(
        (page) => `${import.meta.dirname}/${page}`,
      ),
      output: {
        // A phone opens six connections, and each file costs it a way to the server: what the gallery needs first is one file.
        codeSplitting: {
          groups: [
            { name: 'svelte', test: /node_modules[/]svelte[/]/, priority: 2 },
            { name: 'gallery', test: /src[/]gallery[/]main/, priority: 1 },
          ],
        },
      },
    },
  },
})
