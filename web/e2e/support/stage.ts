import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'

import { browserPath, output } from './paths'
import { Person } from './person'
import { Server } from './server'

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A server and a browser for the tests of one file. */
export function useStage() {
  const server = new Server()
  let browser: Browser | null = null
  let people: Person[] = []

  beforeAll(async () => {
    await server.start()
    browser = await chromium.launch({ executablePath: browserPath, args: ARGS })
  })
  afterEach(async (context) => {
    const failed = context.task.result?.state === 'fail'
    const leaving = people
    people = []
    for (const person of leaving) {
      const name = `failed-${context.task.name}-${person.name}`.replace(/[^\w-]+/g, '-')
      if (failed) await person.page.screenshot({ path: `${output}/${name}.png` }).catch(() => undefined)
    }
    for (const person of leaving) await person.leave()
  })
  afterAll(async () => {
    await browser?.close()
    await server.stop()
  })

  return {
    server,
    async arrive(name: string, options?: BrowserContextOptions): Promise<Person> {
      if (!browser) throw new Error('the browser is not there yet')
      const person = await Person.arrive(browser, server.url, name, options)
      people.push(person)
      return person
    },
    /** Registered, and looking at the rooms. */
    async arriveSignedUp(name: string, options?: BrowserContextOptions): Promise<Person> {
      return (await this.arrive(name, options)).signUp()
    },
  }
}
