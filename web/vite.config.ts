import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'

// The Go binary embeds dist/ and serves it with a Content-Security-Policy that allows no inline script, so nothing
// is inlined. `npm run dev` serves the pages with the API of a pipeline that runs on its default port.
export default defineConfig({
  plugins: [preact()],
  build: { outDir: 'dist', manifest: 'manifest.json', emptyOutDir: true, assetsInlineLimit: 0, target: 'es2022', modulePreload: { polyfill: false } },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
})
