import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { binary } from './paths'

const READY = /http:\/\/127\.0\.0\.1:(\d+)/
const START_MS = 30_000

/** The real server on a data directory of its own. It can be killed and started again at the same address. */
export class Server {
  private readonly dataDir = mkdtempSync(join(tmpdir(), 'hallway-e2e-'))
  private process: ChildProcess | null = null
  private port = 0
  private log = ''

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async start(): Promise<this> {
    const child = spawn(binary, ['--bind', `127.0.0.1:${this.port}`, '--data-dir', this.dataDir], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HALLWAY_LIMITS__RATES: 'off', LOG_LEVEL: 'info' },
    })
    this.process = child
    child.stderr.on('data', (chunk: Buffer) => (this.log = (this.log + chunk.toString()).slice(-20_000)))
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`The server ${why}.\n${this.log}`))
      const timer = setTimeout(() => fail(`was not ready within ${START_MS / 1000} s`), START_MS)
      child.once('exit', (code) => (clearTimeout(timer), fail(`ended with ${code} before it was ready`)))
      child.stdout.on('data', (chunk: Buffer) => {
        const found = READY.exec(chunk.toString())
        if (!found) return
        this.port = Number(found[1])
        clearTimeout(timer)
        child.removeAllListeners('exit')
        resolve()
      })
    })
    return this
  }

  /** As when the power fails. */
  async kill(): Promise<void> {
    await this.end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.end('SIGKILL')
    rmSync(this.dataDir, { recursive: true, force: true })
  }

  /** What it wrote; for checking that nothing failed inside, and that nothing private is in it. */
  get output(): string {
    return this.log
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process
    this.process = null
    if (!child || child.exitCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
}
