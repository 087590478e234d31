import { describe, expect, it } from 'vitest'

import { PASSWORD, PATIENCE, type Person } from './support/person'
import { useStage } from './support/stage'

const stage = useStage()
let rooms = 0

/** Two people in a new room. */
async function two(): Promise<{ alice: Person; bob: Person; room: string; path: string }> {
  rooms += 1
  const room = `den ${rooms}`
  const alice = await stage.arriveSignedUp(`alice${rooms}`)
  const bob = await stage.arriveSignedUp(`bob${rooms}`)
  const path = await alice.createRoom(room)
  await bob.joinRoom(room)
  return { alice, bob, room, path }
}

describe('two people in two browsers', () => {
  it('talk both ways, each message once and in order', async () => {
    const { alice, bob } = await two()
    await alice.send('hello bob')
    await bob.sees('hello bob')
    await bob.send('hello alice')
    await alice.sees('hello alice')
    await alice.send('**how** are you?')
    await bob.sees('how are you?')
    await alice.seesSent('how are you?')
    expect(await bob.page.locator('strong', { hasText: 'how' }).count()).toBe(1)
    const all = ['hello bob', 'hello alice', 'how are you?']
    await expect.poll(() => alice.texts(), PATIENCE).toEqual(all)
    await expect.poll(() => bob.texts(), PATIENCE).toEqual(all)
    expect(await alice.message('hello bob').getAttribute('data-status')).toBe('sent')
  })

  it('see who is here, and who types', async () => {
    const { alice, bob } = await two()
    const here = (person: Person, count: number) =>
      person.page.getByRole('button', { name: `Members, ${count} here now` }).waitFor()
    await here(alice, 2)
    await here(bob, 2)
    await alice.composer.pressSequentially('thinking', { delay: 20 })
    await expect
      .poll(() => bob.page.getByTestId('typing').innerText(), PATIENCE)
      .toContain(`${alice.name} is typing`)
    await alice.composer.fill('')
    await expect.poll(() => bob.page.getByTestId('typing').innerText(), PATIENCE).not.toContain('typing')
    await bob.page.goto('/settings')
    await bob.page.getByRole('heading', { name: 'Devices' }).waitFor()
    await here(alice, 1)
  })

  it('edit, delete, react and reply', async () => {
    const { alice, bob } = await two()
    await alice.send('frist')
    await bob.sees('frist')

    await (await alice.actions('frist')).getByRole('button', { name: 'Edit' }).click()
    await alice.page.getByLabel('Edit message').fill('first')
    await alice.page.getByLabel('Edit message').press('Enter')
    await bob.sees('first')
    expect(await bob.message('first').getByText('edited').count()).toBe(1)

    await (await bob.actions('first')).getByRole('button', { name: 'React with thumbs up' }).click()
    const reaction = alice.message('first').getByTestId('reaction')
    await expect.poll(() => reaction.getAttribute('aria-label'), PATIENCE).toContain('👍, 1')
    await reaction.click()
    await expect
      .poll(() => bob.message('first').getByTestId('reaction').getAttribute('aria-label'), PATIENCE)
      .toContain('👍, 2')
    await bob.message('first').getByTestId('reaction').click()
    await expect.poll(() => reaction.getAttribute('aria-label'), PATIENCE).toContain('👍, 1')

    await (await bob.actions('first')).getByRole('button', { name: 'Reply' }).click()
    await bob.send('an answer')
    await alice.sees('an answer')
    const quote = alice.message('an answer').getByRole('button', { name: `In reply to ${alice.name}: first` })
    await quote.waitFor()

    await (await alice.actions('first')).getByRole('button', { name: 'More actions' }).click()
    await alice.page.getByRole('menuitem', { name: 'Delete' }).click()
    await alice.page
      .getByRole('alertdialog')
      .or(alice.page.getByRole('dialog'))
      .getByRole('button', { name: 'Delete' })
      .click()
    await expect.poll(() => bob.message('first').count(), PATIENCE).toBe(0)
    await expect.poll(() => bob.page.getByText('This message was deleted.').count(), PATIENCE).toBe(1)
    await bob.page.reload()
    await bob.sees('an answer')
    expect(await bob.message('first').count()).toBe(0)
  })

  it('miss nothing over a reload', async () => {
    const { alice, bob } = await two()
    await alice.send('before')
    await bob.sees('before')
    await bob.page.goto('about:blank')
    await alice.send('while away')
    await alice.seesSent('while away')
    await bob.page.goBack()
    await bob.sees('while away')
    await alice.send('after')
    await bob.sees('after')
    await expect.poll(() => bob.texts(), PATIENCE).toEqual(['before', 'while away', 'after'])
  })

  it('are told of what is new in another room', async () => {
    const { alice, bob, room } = await two()
    await bob.createRoom(`${room} elsewhere`)
    await alice.send(`hey @${bob.name}`)
    const entry = bob.page.getByTestId('room').filter({ hasText: room }).first()
    await expect
      .poll(() => bob.page.getByRole('link', { name: `${room}, 1 unread` }).count(), PATIENCE)
      .toBe(1)
    await bob.page.getByRole('link', { name: `${room}, 1 unread` }).click()
    await bob.sees(`hey @${bob.name}`)
    await expect
      .poll(() => bob.page.getByRole('link', { name: `${room}, 1 unread` }).count(), PATIENCE)
      .toBe(0)
    await entry.waitFor()
  })

  it('keep a private room to those who were added', async () => {
    const { alice, bob, room } = await two()
    const { page } = alice
    await page.getByRole('button', { name: 'New room' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill(`${room} secret`)
    await page.getByRole('dialog').getByText('Private', { exact: false }).first().click()
    await page.getByRole('dialog').getByRole('button', { name: 'Create room' }).click()
    await alice.inRoom(`${room} secret`)
    await alice.send('for us only')
    await alice.seesSent('for us only')
    const path = new URL(page.url()).pathname
    await bob.page.goto(path)
    await expect.poll(() => bob.page.getByTestId('composer').count(), PATIENCE).toBe(0)
    expect(await bob.page.getByText('for us only').count()).toBe(0)
    await page.getByRole('button', { name: 'Room menu' }).click()
    await page.getByRole('menuitem', { name: 'Add people' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox').fill(bob.name)
    await dialog.getByTestId('suggestion').filter({ hasText: bob.name }).waitFor()
    await dialog.getByRole('combobox').press('Enter')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await dialog.getByText(`Added ${bob.name}.`).waitFor()
    await page.keyboard.press('Escape')
    await expect
      .poll(() => bob.page.getByTestId('room').filter({ hasText: 'secret' }).count(), PATIENCE)
      .toBe(1)
    await bob.page.goto(path)
    await bob.sees('for us only')
  })
})

it('scrolls back over a long history and finds the end again', async () => {
  const { alice, bob, path } = await two()
  const roomId = Number(/\/r\/(\d+)/.exec(path)?.[1])
  await alice.page.evaluate(
    async ([id, count]) => {
      const { access } = JSON.parse(localStorage.getItem('hallway.login') ?? '{}') as { access: string }
      const socket = new WebSocket(`ws://${location.host}/ws`, ['hallway.v1', `bearer.${access}`])
      let acked = 0
      await new Promise<void>((resolve, reject) => {
        socket.onerror = () => reject(new Error('socket'))
        socket.onmessage = (event) => {
          const frame = JSON.parse(event.data as string) as { type: string; message?: string }
          if (frame.type === 'system' && !('room_id' in frame)) {
            socket.send(JSON.stringify({ type: 'join', room_id: id }))
          } else if (frame.type === 'synced') {
            for (let index = 1; index <= count; index += 1) {
              const message = `line ${index}`
              socket.send(JSON.stringify({ type: 'chat', room_id: id, id: crypto.randomUUID(), message }))
            }
          } else if (frame.type === 'ack' && (acked += 1) === count) resolve()
          else if (frame.type === 'error') reject(new Error(frame.message))
        }
      })
      socket.close()
    },
    [roomId, 180] as const,
  )
  await bob.sees('line 180')
  const list = bob.page.getByTestId('messages')
  await list.hover()
  await expect
    .poll(
      async () => {
        await bob.page.mouse.wheel(0, -1500)
        return bob.message('line 1').count()
      },
      { timeout: 40_000, interval: 100 },
    )
    .toBe(1)
  await bob.page.getByTestId('jump-to-latest').waitFor()
  await alice.send('the newest')
  await expect
    .poll(() => bob.page.getByTestId('jump-to-latest').innerText(), PATIENCE)
    .toContain('1 new message')
  await bob.page.getByTestId('jump-to-latest').click()
  await bob.sees('the newest')

  await bob.page.reload()
  await bob.sees('the newest')
})

describe('an account', () => {
  it('signs in again, sees its devices and signs the other one out', async () => {
    const first = await stage.arriveSignedUp('erin')
    const second = await stage.arrive('erin')
    await second.page.goto('/login')
    await second.page.getByLabel('Username').fill('erin')
    await second.page.getByLabel('Password', { exact: true }).fill('not the password')
    await second.page.getByRole('button', { name: 'Sign in' }).click()
    await second.page.getByText('do not match').waitFor()
    await second.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await second.page.getByRole('button', { name: 'Sign in' }).click()
    await second.page.waitForURL((url) => url.pathname === '/')

    await second.page.goto('/settings')
    await expect.poll(() => second.page.getByTestId('session').count(), PATIENCE).toBe(2)
    await second.page
      .getByTestId('session')
      .getByRole('button', { name: /Sign out/ })
      .click()
    await expect.poll(() => second.page.getByTestId('session').count(), PATIENCE).toBe(1)
    // At once, without a reload.
    await first.page.waitForURL((url) => url.pathname === '/login')
    expect(await first.page.evaluate(() => localStorage.getItem('hallway.login'))).toBeNull()
  })

  it('cannot be made twice', async () => {
    await stage.arriveSignedUp('frank')
    const other = await stage.arrive('frank')
    await other.page.goto('/signup')
    await other.page.getByLabel('Username').fill('Frank')
    await other.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await other.page.getByRole('button', { name: 'Create account' }).click()
    await other.page.getByText('That username is taken.').waitFor()
  })
})
