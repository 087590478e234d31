import { expect, it } from 'vitest'

import { PATIENCE, type Person } from './support/person'
import { useStage } from './support/stage'

const stage = useStage()
/** High enough that every message of a test is rendered. */
const TALL = { viewport: { width: 1280, height: 3200 } }
const banner = (person: Person) => person.page.getByTestId('connection-banner')

async function two(room: string): Promise<{ alice: Person; bob: Person }> {
  const alice = await stage.arriveSignedUp(`alice.${room}`, TALL)
  const bob = await stage.arriveSignedUp(`bob.${room}`, TALL)
  await alice.createRoom(room)
  await bob.joinRoom(room)
  return { alice, bob }
}

/** What the server has, in its order. */
async function stored(person: Person): Promise<string[]> {
  return person.page.evaluate(async () => {
    const { access } = JSON.parse(localStorage.getItem('hallway.login') ?? '{}') as { access: string }
    const id = /\/r\/(\d+)/.exec(location.pathname)?.[1]
    const answer = await fetch(`/api/v1/rooms/${id}/messages?limit=200`, {
      headers: { authorization: `Bearer ${access}` },
    })
    const page = (await answer.json()) as { items: { content: string }[] }
    return page.items.map((item) => item.content)
  })
}

it('loses and repeats nothing when the server is killed and comes back', async () => {
  const { alice, bob } = await two('kill')
  for (const text of ['one', 'two', 'three']) await alice.send(text)
  await alice.seesSent('three')
  await bob.sees('three')

  await stage.server.kill()
  await banner(alice).waitFor()
  await banner(bob).waitFor()
  await alice.send('while it was down')
  expect(await alice.message('while it was down').getAttribute('data-status')).toBe('sending')
  // A reload forgets nothing either; the page itself comes from the server, so it is back by then.
  await stage.server.start()
  await alice.seesSent('while it was down')
  await bob.sees('while it was down')
  const all = ['one', 'two', 'three', 'while it was down']
  expect(await stored(alice)).toEqual(all)
  await expect.poll(() => alice.texts(), PATIENCE).toEqual(all)
  await expect.poll(() => bob.texts(), PATIENCE).toEqual(all)
  await bob.send('welcome back')
  await alice.sees('welcome back')
})

it('delivers each of many messages once when the server is killed among them', async () => {
  const { alice, bob } = await two('burst')
  const all = Array.from({ length: 40 }, (_, index) => `burst ${index + 1}`)
  for (const text of all.slice(0, 25)) await alice.send(text)
  await stage.server.kill()
  for (const text of all.slice(25)) await alice.send(text)
  await stage.server.start()
  await alice.seesSent('burst 40')
  await expect.poll(() => stored(alice), PATIENCE).toEqual(all)
  await expect.poll(() => bob.texts(), PATIENCE).toEqual(all)
  await expect.poll(() => alice.texts(), PATIENCE).toEqual(all)
})

it('sends after a reload what could not be sent before', async () => {
  const { alice, bob } = await two('reload')
  await alice.context.setOffline(true)
  await banner(alice).waitFor()
  await alice.send('written offline')
  expect(await alice.message('written offline').getAttribute('data-status')).toBe('sending')
  // The page goes away before the connection is back.
  await alice.page.close()
  await alice.context.setOffline(false)
  const path = new URL(bob.page.url()).pathname
  const reopened = await alice.context.newPage()
  await reopened.goto(path)
  await bob.sees('written offline')
  await reopened.getByText('written offline').first().waitFor()
  expect(await stored(bob)).toEqual(['written offline'])
})

it('says why a message failed, and sends it when it may', async () => {
  const { alice, bob } = await two('mute')
  await alice.page.getByTestId('members').getByText(bob.name).waitFor()
  await bob.context.setOffline(true)
  await banner(bob).waitFor()
  await bob.send('may I speak?')

  const moderate = () => alice.page.getByRole('button', { name: `Moderate ${bob.name}` })
  await alice.page.getByTestId('members').getByText(bob.name).hover()
  await moderate().click()
  await alice.page.getByRole('menuitem', { name: 'Mute until lifted' }).click()
  await alice.page.getByTestId('members').getByLabel(/muted/i).first().waitFor()

  await bob.context.setOffline(false)
  const message = bob.message('may I speak?')
  await expect.poll(() => message.getAttribute('data-status'), PATIENCE).toBe('failed')
  await message.getByText('You are muted in this room.').waitFor()
  expect(await alice.message('may I speak?').count()).toBe(0)

  await alice.page.getByTestId('members').getByText(bob.name).hover()
  await moderate().click()
  await alice.page.getByRole('menuitem', { name: 'Unmute' }).click()
  await bob.composer.waitFor()
  await message.getByRole('button', { name: 'Retry' }).click()
  await alice.sees('may I speak?')
  await bob.seesSent('may I speak?')
})

it('takes a banned person out at once, and keeps them out', async () => {
  const { alice, bob } = await two('ban')
  await alice.page.getByTestId('members').getByText(bob.name).hover()
  await alice.page.getByRole('button', { name: `Moderate ${bob.name}` }).click()
  await alice.page.getByRole('menuitem', { name: 'Ban from room' }).click()
  await alice.page.getByRole('button', { name: 'Ban', exact: true }).click()
  await expect.poll(() => bob.composer.count(), PATIENCE).toBe(0)
  await alice.send('not for bob')
  await alice.seesSent('not for bob')
  await bob.page.reload()
  await expect.poll(() => bob.page.getByText(/banned/i).count(), PATIENCE).toBeGreaterThan(0)
  expect(await bob.page.getByText('not for bob').count()).toBe(0)
})
