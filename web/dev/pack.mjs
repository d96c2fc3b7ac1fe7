// pack writes each built file that compresses well beside itself, gzipped as far as gzip goes, for the server to send as it is.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const assets = new URL('../dist/assets/', import.meta.url).pathname
for (const file of readdirSync(assets).filter((name) => ['.js', '.css'].includes(extname(name)))) {
  writeFileSync(join(assets, `${file}.gz`), gzipSync(readFileSync(join(assets, file)), { level: 9 }))
}
