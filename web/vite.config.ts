import preact from '@preact/preset-vite'
import { defineConfig, type Plugin } from 'vite'

// The browser fetches ECharts while the pages' own script runs, and runs it when a picture is wanted: src/charts/library.ts.
const fetchCharts: Plugin = {
  name: 'fetch-charts',
  transformIndexHtml: {
    order: 'post',
    handler: (_, { bundle }) => {
      const charts = Object.values(bundle ?? {}).find((chunk) => chunk.type === 'chunk' && chunk.facadeModuleId?.endsWith('/src/charts/echarts.ts'))
      const files = charts?.type === 'chunk' ? [charts.fileName, ...charts.imports] : []
      return files.map((file) => ({ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, fetchpriority: 'low', href: `/${file}` }, injectTo: 'head' as const }))
    },
  },
}

// The Go binary embeds dist/ and serves it with a Content-Security-Policy that allows no inline script, so nothing
// is inlined. `npm run dev` serves the pages with the API of a pipeline that runs on its default port.
export default defineConfig({
  plugins: [preact(), fetchCharts],
  build: { outDir: 'dist', manifest: 'manifest.json', emptyOutDir: true, assetsInlineLimit: 0, target: 'es2022', modulePreload: { polyfill: false } },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
})
