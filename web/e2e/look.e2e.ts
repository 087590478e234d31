import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'

import { output } from './support/paths'
import type { Person } from './support/person'
import { useStage } from './support/stage'

const stage = useStage()
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } } as const
const SCHEMES = ['light', 'dark'] as const
let path = ''

/** Rules of WCAG 2.2 AA and of good practice that the page breaks, with the elements that break them. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { axe: runner } = window as unknown as { axe: typeof axe }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    // An open menu hangs at the end of the page, over everything; it has the focus and its role, and needs no landmark.
    const scope = { exclude: ['[data-reka-popper-content-wrapper]:has([role=menu])'] }
    const inMenu = { include: ['[role=menu]'] }
    const runs = [await runner.run(scope, { runOnly: { type: 'tag', values: tags } })]
    if (document.querySelector('[role=menu]')) {
      const rules = { region: { enabled: false } }
      runs.push(await runner.run(inMenu, { runOnly: { type: 'tag', values: tags }, rules }))
    }
    return runs.flatMap(({ violations: found }) =>
      found.flatMap((rule) =>
        rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
      ),
    )
  })
}

async function look(person: Person, name: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await person.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await person.page.screenshot({ path: `${output}/${name}-${colorScheme}.png`, animations: 'disabled' })
    expect.soft(await violations(person.page), `${name}, ${colorScheme}`).toEqual([])
    // A page that scrolls sideways does not fit.
    const wide = await person.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect.soft(wide, `${name} is too wide`).toBeLessThanOrEqual(0)
  }
}

const CONVERSATION: [who: 0 | 1, text: string][] = [
  [0, 'Morning! The new landing page is up on staging.'],
  [0, 'Would you have a look before the **11:30** call?'],
  [1, 'On it. First impression: much calmer than the old one.'],
  [1, '- hero text fits on a phone now\n- the form still says *Submit*, could be *Create account*'],
  [
    0,
    'Good catch. Something like this?\n\n```ts\nconst label = signedIn ? "Continue" : "Create account"\n```',
  ],
  [1, 'Exactly. Docs are at https://example.org/docs/forms if you want the wording rules.'],
  [0, 'Shipping it 🚢'],
]

beforeAll(async () => {
  const people = [await stage.arriveSignedUp('maya.lind'), await stage.arriveSignedUp('jonas_r')] as const
  path = await people[0].createRoom('design reviews')
  await people[1].joinRoom('design reviews')
  for (const [who, text] of CONVERSATION) {
    const count = await people[who].page.getByTestId('message').count()
    await people[who].send(text)
    await people[who].page.locator('[data-testid=message][data-status=sent]').nth(count).waitFor()
  }
  await (await people[0].actions('Shipping it 🚢')).getByRole('button', { name: 'Reply' }).waitFor()
  await people[1].message('Shipping it 🚢').hover()
  await people[1].message('Shipping it 🚢').getByRole('button', { name: 'React with thumbs up' }).click()
  await people[1].message('Shipping it 🚢').getByTestId('reaction').waitFor()
  for (const name of ['release notes', 'coffee', 'incident 2041']) {
    await people[1].createRoom(name)
    await people[1].send(`Hello ${name}`)
    await people[1].seesSent(`Hello ${name}`)
    await people[0].joinRoom(name)
  }
  await people[1].send('The database is back. @maya.lind, can you check the graphs?')
  for (const person of people) await person.leave()
})

async function signIn(size: keyof typeof SIZES): Promise<Person> {
  const person = await stage.arrive('maya.lind', { viewport: SIZES[size] })
  await person.page.goto('/login')
  await person.page.getByLabel('Username').fill('maya.lind')
  await person.page.getByLabel('Password', { exact: true }).fill('correct horse battery')
  await person.page.getByRole('button', { name: 'Sign in' }).click()
  await person.page.getByTestId('room').first().waitFor()
  return person
}

describe.each(['phone', 'desktop'] as const)('on a %s', (size) => {
  it('signing in and up', async () => {
    const person = await stage.arrive('nobody', { viewport: SIZES[size] })
    await person.page.goto('/login')
    await person.page.getByRole('button', { name: 'Sign in' }).waitFor()
    await look(person, `login-${size}`)
    await person.page.goto('/signup')
    await person.page.getByLabel('Username').fill('a')
    await person.page.getByLabel('Password', { exact: true }).fill('short')
    await person.page.getByRole('button', { name: 'Create account' }).click()
    await look(person, `signup-${size}`)
  })

  it('without rooms', async () => {
    const person = await stage.arriveSignedUp(`newcomer.${size}`, { viewport: SIZES[size] })
    await person.page
      .getByText(size === 'phone' ? 'Browse rooms' : 'It is quiet in here')
      .first()
      .waitFor()
    await look(person, `empty-${size}`)
  })

  it('the rooms and a conversation', async () => {
    const person = await signIn(size)
    await look(person, `home-${size}`)
    await person.page.goto(path)
    await person.sees('Shipping it 🚢')
    await look(person, `room-${size}`)
    await person.page.getByRole('button', { name: 'Room menu' }).click()
    await person.page.getByRole('menuitem', { name: 'Room settings' }).waitFor()
    await look(person, `room-menu-${size}`)
    await person.page.getByRole('menuitem', { name: 'Room settings' }).click()
    await person.page.getByRole('dialog').waitFor()
    await look(person, `room-settings-${size}`)
    await person.page.keyboard.press('Escape')
    if (size === 'phone') {
      await person.page.getByTestId('toggle-members').click()
      await person.page.getByTestId('members').waitFor()
      await look(person, `members-${size}`)
    }
  })

  it('the dialogs', async () => {
    const person = await signIn(size)
    await person.page.getByRole('button', { name: 'New room' }).click()
    await person.page.getByRole('dialog').waitFor()
    await look(person, `create-${size}`)
    await person.page.keyboard.press('Escape')
    await person.page.getByRole('button', { name: 'Browse rooms' }).first().click()
    await person.page
      .getByRole('button', { name: /^(Open|Join) / })
      .first()
      .waitFor()
    await look(person, `browse-${size}`)
    await person.page.keyboard.press('Escape')
    await person.page.keyboard.press('Control+k')
    await person.page.getByRole('dialog').waitFor()
    await look(person, `switcher-${size}`)
  })

  it('settings, and a page that is not there', async () => {
    const person = await signIn(size)
    await person.page.goto('/settings')
    await person.page.getByTestId('session').first().waitFor()
    await look(person, `settings-${size}`)
    await person.page.goto('/nowhere')
    await person.page.getByText('This door leads nowhere').waitFor()
    await look(person, `not-found-${size}`)
  })
})
