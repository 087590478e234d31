import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { binary, browserPath, output, web } from './support/paths'

function newest(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
}

/** Before all tests: what they need is there and up to date, or they say how to get it. */
export default function setup(): void {
  if (!existsSync(binary)) {
    throw new Error(
      `There is no server at ${binary}. Build it with "cargo build -p hallway-app", or set HALLWAY_BIN.`,
    )
  }
  if (!existsSync(browserPath)) {
    throw new Error(`There is no browser at ${browserPath}. Install Chromium, or set CHROMIUM to its path.`)
  }
  const sources = ['src', 'index.html', 'package.json', 'vite.config.ts'].map((name) =>
    newest(join(web, name)),
  )
  const index = join(web, 'dist/index.html')
  // A debug build reads web/dist from disk; a release build holds what was there when it was built.
  if (!existsSync(index) || statSync(index).mtimeMs < Math.max(...sources)) {
    execFileSync('npm', ['run', 'build'], { cwd: web, stdio: 'inherit' })
  }
  rmSync(output, { recursive: true, force: true })
  mkdirSync(output, { recursive: true })
}
