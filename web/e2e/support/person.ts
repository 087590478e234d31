import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { expect, vi } from 'vitest'

export const PASSWORD = 'correct horse battery'
/** For what has to cross the network, or a reconnect. */
export const PATIENCE = { timeout: 20_000, interval: 50 }

/** Somebody with a browser of their own. */
export class Person {
  /** What the page complained about; a test ends with none. */
  readonly problems: string[] = []

  private constructor(
    readonly name: string,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${error.message}`))
    page.on('console', (message) => {
      // A server that is away, and answers that a test asks for, are written to the console by the browser itself.
      const network = /Failed to load resource|WebSocket connection|ERR_CONNECTION|ERR_INTERNET_DISCONNECTED/
      if (message.type() === 'error' && !network.test(message.text())) this.problems.push(message.text())
    })
    page.setDefaultTimeout(15_000)
  }

  static async arrive(
    browser: Browser,
    url: string,
    name: string,
    options: BrowserContextOptions = {},
  ): Promise<Person> {
    const context = await browser.newContext({
      baseURL: url,
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      ...options,
    })
    return new Person(name, context, await context.newPage())
  }

  async signUp(): Promise<this> {
    await this.page.goto('/signup')
    await this.page.getByLabel('Username').fill(this.name)
    await this.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await this.page.getByRole('button', { name: 'Create account' }).click()
    await this.page.waitForURL((url) => url.pathname === '/')
    return this
  }

  async createRoom(name: string): Promise<string> {
    await this.page.getByRole('button', { name: 'New room' }).click()
    const dialog = this.page.getByRole('dialog')
    await dialog.getByLabel('Name').fill(name)
    await dialog.getByRole('button', { name: 'Create room' }).click()
    await this.inRoom(name)
    return new URL(this.page.url()).pathname
  }

  /** Finds somebody and opens the conversation with them. */
  async writeTo(username: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New message' }).first().click()
    await this.page.getByLabel('Search people').fill(username)
    await this.page
      .getByTestId('person')
      .filter({ hasText: new RegExp(`\\b${username.replaceAll('.', '\\.')}\\b`) })
      .first()
      .click()
    await this.inRoom(username)
  }

  /** The entry of a room or a conversation in the list. */
  entry(name: string): Locator {
    return this.page.getByTestId('room').filter({ hasText: name }).first()
  }

  async joinRoom(name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Browse rooms' }).first().click()
    const dialog = this.page.getByRole('dialog')
    await dialog.getByLabel('Search rooms').fill(name)
    await dialog.getByRole('button', { name: `Join ${name}` }).click()
    await this.inRoom(name)
  }

  async inRoom(name: string): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name }).waitFor()
    await this.composer.waitFor()
  }

  get composer(): Locator {
    return this.page.getByTestId('composer')
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Enter')
  }

  /** Messages with this text, whole. */
  message(text: string): Locator {
    const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const body = this.page
      .getByTestId('message-body')
      .filter({ hasText: new RegExp(`^\\s*${escaped}\\s*(edited)?\\s*$`) })
    return this.page.getByTestId('message').filter({ has: body })
  }

  async sees(text: string): Promise<void> {
    const shown = this.message(text).filter({ visible: true })
    await vi.waitFor(async () => expect(await shown.count(), text).toBe(1), PATIENCE)
  }

  /** The message is acknowledged, and there once. */
  async seesSent(text: string): Promise<void> {
    const states = () =>
      this.message(text).evaluateAll((all) => all.map((one) => one.getAttribute('data-status')))
    await vi.waitFor(async () => expect(await states(), text).toEqual(['sent']), PATIENCE)
  }

  /** The texts on screen, in order. */
  async texts(): Promise<string[]> {
    const bodies = await this.page.getByTestId('message-body').allInnerTexts()
    return bodies.map((text) => text.trim())
  }

  /** The bar of one message. */
  async actions(text: string): Promise<Locator> {
    await this.message(text).hover()
    return this.message(text).getByRole('group', { name: 'Message actions' })
  }

  async leave(): Promise<void> {
    await this.context.close()
    expect(this.problems, `${this.name}'s page complained`).toEqual([])
  }
}
