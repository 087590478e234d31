import { describe, expect, it } from 'vitest'

import { PASSWORD, PATIENCE, type Person } from './support/person'
import { useStage } from './support/stage'

const stage = useStage()
let pairs = 0

async function two(): Promise<{ ann: Person; ben: Person }> {
  pairs += 1
  const ann = await stage.arriveSignedUp(`ann${pairs}`)
  const ben = await stage.arriveSignedUp(`ben${pairs}`)
  return { ann, ben }
}

/** The same account in another browser. */
async function secondDevice(person: Person): Promise<Person> {
  const other = await stage.arrive(person.name)
  await other.page.goto('/login')
  await other.page.getByLabel('Username').fill(person.name)
  await other.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await other.page.getByRole('button', { name: 'Sign in' }).click()
  await other.page.waitForURL((url) => url.pathname === '/')
  return other
}

const badge = (person: Person, name: string) => person.entry(name).getByTestId('unread-badge')
const until = (what: () => Promise<unknown>) => expect.poll(what, PATIENCE)

describe('a direct conversation', () => {
  it('goes both ways, live, and is found by whom it is for', async () => {
    const { ann, ben } = await two()
    await ann.writeTo(ben.name)
    expect(new URL(ann.page.url()).pathname).toBe(`/d/${ben.name}`)
    // Nothing was said: he knows nothing of it.
    expect(await ben.page.getByTestId('room').count()).toBe(0)
    await ann.send('hello ben')
    await ann.seesSent('hello ben')
    await until(() => badge(ben, ann.name).count()).toBe(1)
    expect(await badge(ben, ann.name).innerText()).toContain('1')
    await until(() => ben.page.title()).toMatch(/^\(1\)/)
    expect(await ben.page.locator('link[rel=icon]').getAttribute('href')).toBe('/favicon-mention.svg')

    await ben.entry(ann.name).click()
    await ben.sees('hello ben')
    await until(() => badge(ben, ann.name).count()).toBe(0)
    await until(() => ben.page.title()).not.toMatch(/^\(/)
    await ben.send('hello ann')
    await ann.sees('hello ann')
    await ann.page.reload()
    await ann.sees('hello ann')
    await ben.page.goto(`/d/${ann.name}`)
    await until(() => ben.texts()).toEqual(['hello ben', 'hello ann'])
  })

  it('tells who is online, who types, and what was seen', async () => {
    const { ann, ben } = await two()
    await ann.writeTo(ben.name)
    await ann.send('are you there?')
    await ben.entry(ann.name).waitFor()
    const about = (person: Person) => person.page.getByTestId('room-about').innerText()

    await ben.entry(ann.name).click()
    await ben.sees('are you there?')
    await until(() => about(ann)).toContain('Online')
    const receipt = ann.page.getByTestId('receipt').getByRole('img')
    await until(() => receipt.getAttribute('aria-label')).toBe('Seen')

    await ben.composer.pressSequentially('yes', { delay: 20 })
    await until(() => ann.page.getByTestId('typing').innerText()).toContain(`${ben.name} is typing`)
    await ben.composer.fill('')
    await until(() => ann.page.getByTestId('typing').innerText()).not.toContain('typing')

    // With the window elsewhere it arrives, and is not seen.
    await ben.page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await ann.send('and now?')
    await until(() => receipt.getAttribute('aria-label')).toBe('Delivered')
    await ben.page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await until(() => receipt.getAttribute('aria-label')).toBe('Seen')

    await ben.page.goto('about:blank')
    await until(() => about(ann)).toContain('Offline')
  })

  it('has nothing to moderate, and is closed to everybody else', async () => {
    const { ann, ben } = await two()
    await ann.writeTo(ben.name)
    await ann.send('between us')
    await ann.seesSent('between us')
    expect(await ann.page.getByTestId('toggle-members').count()).toBe(0)
    await ann.page.getByRole('button', { name: 'Conversation menu' }).click()
    await ann.page.getByRole('menuitem', { name: 'Copy link' }).waitFor()
    expect(await ann.page.getByRole('menuitem', { name: 'Leave room' }).count()).toBe(0)
    expect(await ann.page.getByRole('menuitem', { name: 'Room settings' }).count()).toBe(0)

    await ann.page.keyboard.press('Escape')
    await ann.composer.pressSequentially('@')
    await ann.page.getByRole('option', { name: ben.name }).waitFor()
    await ann.composer.fill('')

    const roomId = await ann.page.evaluate(async () => {
      const { access } = JSON.parse(localStorage.getItem('hallway.login') ?? '{}') as { access: string }
      const answer = await fetch('/api/v1/direct', { headers: { authorization: `Bearer ${access}` } })
      return ((await answer.json()) as { items: { id: number }[] }).items[0]?.id
    })
    const eve = await stage.arriveSignedUp(`eve${pairs}`)
    await eve.page.goto(`/r/${roomId}`)
    await eve.page.getByTestId('room-lost').waitFor()
    await eve.page.goto(`/d/nobody.of.this.name`)
    await eve.page.getByText('Nobody here by that name').waitFor()
    // For one of the two the number leads to the person.
    await ben.page.goto(`/r/${roomId}`)
    await ben.page.waitForURL((url) => url.pathname === `/d/${ann.name}`)
    await ben.sees('between us')
  })

  it('with oneself is a place for notes', async () => {
    const ann = await stage.arriveSignedUp(`solo${(pairs += 1)}`)
    await ann.page.keyboard.press('Control+k')
    await ann.page.getByPlaceholder('Jump to a room or a person…').fill('notes')
    await ann.page.keyboard.press('Enter')
    await ann.inRoom(`${ann.name} (you)`)
    await ann.send('buy milk')
    await ann.seesSent('buy milk')
    await ann.page.reload()
    await ann.sees('buy milk')
    expect(await ann.entry(ann.name).innerText()).toContain('(you)')
  })
})

describe('mentions', () => {
  it('are completed while typing, stand out, and count', async () => {
    const { ann, ben } = await two()
    const room = `plaza ${pairs}`
    await ann.createRoom(room)
    await ben.joinRoom(room)
    await ben.page.goto('/settings')
    await ben.page.getByRole('heading', { name: 'Devices' }).waitFor()

    await ann.send('just so')
    await until(() => badge(ben, room).count()).toBe(1)
    expect(await ben.page.title()).toMatch(/^• /)

    await ann.composer.pressSequentially('look @be')
    await ann.page.getByRole('option', { name: ben.name }).waitFor()
    await ann.composer.press('Tab')
    expect(await ann.composer.inputValue()).toBe(`look @${ben.name} `)
    await ann.composer.press('Enter')
    await ann.sees(`look @${ben.name}`)
    await until(() => ben.entry(room).getByTestId('mention-badge').count()).toBe(1)
    await until(() => ben.page.title()).toMatch(/^\(1\)/)
    await ben.entry(room).click()
    await ben.sees(`look @${ben.name}`)
    expect(await ben.message(`look @${ben.name}`).locator('.mention.is-me').count()).toBe(1)
    expect(await ann.message(`look @${ben.name}`).locator('.mention.is-me').count()).toBe(0)
    await until(() => ben.entry(room).getByTestId('mention-badge').count()).toBe(0)

    // Members may not call everybody: for them it is text.
    await ben.send('@here hello')
    await ann.sees('@here hello')
    expect(await ann.message('@here hello').locator('.mention').count()).toBe(0)
    await ann.send('@here hi')
    await ben.sees('@here hi')
    await until(() => ben.message('@here hi').locator('.mention.is-me').count()).toBe(1)
  })
})

describe('a group', () => {
  it('is made with its members, who see it at once, and shows who has seen what', async () => {
    const { ann, ben } = await two()
    const room = `trip ${pairs}`
    await ann.page.getByRole('button', { name: 'New message' }).first().click()
    await ann.page.getByRole('button', { name: 'Create a group instead' }).click()
    const dialog = ann.page.getByRole('dialog')
    await dialog.getByLabel('Name').fill(room)
    await dialog.getByRole('combobox').fill(ben.name)
    await dialog.getByTestId('suggestion').filter({ hasText: ben.name }).waitFor()
    await dialog.getByRole('combobox').press('Enter')
    await dialog.getByTestId('chosen').filter({ hasText: ben.name }).waitFor()
    expect(await dialog.getByRole('radio', { name: 'Private' }).getAttribute('aria-checked')).toBe('true')
    await dialog.getByRole('button', { name: 'Create room' }).click()
    await ann.inRoom(room)

    await ben.entry(room).click()
    await ben.inRoom(room)
    await ann.send('where to?')
    await ben.sees('where to?')
    const seen = ann.message('where to?').getByTestId('seen-by')
    await until(() => seen.getAttribute('aria-label')).toBe(`Seen by ${ben.name}`)
  })
})

describe('several devices of one account', () => {
  it('agree on what is read, and on what is to be unread again', async () => {
    const { ann, ben } = await two()
    const phone = await secondDevice(ben)
    await ann.writeTo(ben.name)
    for (const text of ['one', 'two', 'three']) {
      await ann.send(text)
      await ann.seesSent(text)
    }
    for (const device of [ben, phone]) {
      await until(async () => (await badge(device, ann.name).allInnerTexts()).join()).toContain('3')
    }
    await ben.entry(ann.name).click()
    await ben.sees('three')
    await until(() => badge(phone, ann.name).count()).toBe(0)

    await (await ben.actions('two')).getByRole('button', { name: 'More actions' }).click()
    await ben.page.getByRole('menuitem', { name: 'Mark as unread' }).click()
    for (const device of [ben, phone]) {
      await until(async () => (await badge(device, ann.name).allInnerTexts()).join()).toContain('2')
    }
    await ben.page.getByTestId('unread-divider').waitFor()
    await phone.entry(ann.name).click()
    await phone.sees('three')
    for (const device of [ben, phone]) await until(() => badge(device, ann.name).count()).toBe(0)
  })

  it('are told how much a room may tell', async () => {
    const { ann, ben } = await two()
    const phone = await secondDevice(ben)
    const room = `noise ${pairs}`
    await ann.createRoom(room)
    await ben.joinRoom(room)
    await phone.entry(room).waitFor()
    await ben.page.getByRole('button', { name: 'Room menu' }).click()
    await ben.page.getByRole('menuitem', { name: /^Notifications/ }).press('ArrowRight')
    await ben.page.getByRole('menuitemradio', { name: 'Nothing' }).click()
    for (const device of [ben, phone]) {
      await until(() => device.entry(room).getByRole('img', { name: 'muted' }).count()).toBe(1)
    }
    await ann.send(`@${ben.name} are you awake?`)
    await until(() => phone.entry(room).getByTestId('mention-badge').count()).toBe(1)
    expect(await phone.page.title()).toBe('Hallway')
    await phone.page.reload()
    await until(() => phone.entry(room).getByRole('img', { name: 'muted' }).count()).toBe(1)
  })
})

it('the palette finds people, conversations and actions with the keyboard', async () => {
  const { ann, ben } = await two()
  const field = ann.page.getByPlaceholder('Jump to a room or a person…')
  await ann.page.keyboard.press('Control+k')
  await field.fill(ben.name)
  await ann.page.getByRole('option', { name: ben.name }).waitFor()
  await ann.page.keyboard.press('Enter')
  await ann.inRoom(ben.name)
  await ann.composer.fill('half a thought')
  await ann.page.keyboard.press('Control+k')
  await field.fill('new mess')
  await ann.page.keyboard.press('Enter')
  await ann.page.getByRole('heading', { name: 'New message' }).waitFor()
  await ann.page.keyboard.press('Escape')
  // What was being written waits where it was written.
  await ann.createRoom(`aside ${pairs}`)
  expect(await ann.composer.inputValue()).toBe('')
  await ann.entry(ben.name).click()
  await ann.inRoom(ben.name)
  await until(() => ann.composer.inputValue()).toBe('half a thought')
})
