#!/usr/bin/env node
// Starts the command line on a Node that is new enough: this one, else the one that comes with the package `node`.
// Plain JavaScript that old versions of Node can read: in the repository it runs src/ as it is, in the package dist/.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const built = new URL('../dist/cli/main.js', import.meta.url)
const source = new URL('../src/cli/main.ts', import.meta.url)
const main = fileURLToPath(existsSync(source) ? source : built)

if (Number(process.versions.node.split('.')[0]) >= 24) {
  process.argv[1] = main
  await import(pathToFileURL(main).href)
} else {
  const child = spawn(ownNode(), [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // Ctrl-C reaches the child by itself; a signal sent to this process alone is handed on.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal ? 1 : 0)
  })
}

function ownNode() {
  try {
    const require = createRequire(import.meta.url)
    const binary = join(dirname(require.resolve('node/package.json')), 'bin', 'node')
    if (existsSync(binary)) return binary
  } catch {
    // told below
  }
  console.error(
    `trackside needs Node 24 or later; this is ${process.version}, and the package "node" that would bring it is not installed. ` +
      'Install Node 24, or run "npm install" again with install scripts allowed.',
  )
  process.exit(1)
}
