import { expect, it } from 'vitest'

import { PATIENCE, type Person } from './support/person'
import { useStage } from './support/stage'

const stage = useStage()

/** Says many things in the room that is open, faster than by typing. */
async function sayMany(person: Person, texts: string[]): Promise<void> {
  const roomId = Number(/\/r\/(\d+)/.exec(person.page.url())?.[1])
  await person.page.evaluate(
    async ([id, list]) => {
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
            for (const message of list)
              socket.send(JSON.stringify({ type: 'chat', room_id: id, id: crypto.randomUUID(), message }))
          } else if (frame.type === 'ack' && (acked += 1) === list.length) resolve()
          else if (frame.type === 'error') reject(new Error(frame.message))
        }
      })
      socket.close()
    },
    [roomId, texts] as const,
  )
}

const lines = (count: number, what: string) =>
  Array.from({ length: count }, (_, index) => `${what} ${index + 1}`)
const highlighted = (person: Person, text: string) =>
  expect.poll(() => person.message(text).filter({ visible: true }).count(), PATIENCE).toBe(1)

it('pins for everybody, jumps to what is pinned, and unpins', async () => {
  const alice = await stage.arriveSignedUp('alice.pins')
  const bob = await stage.arriveSignedUp('bob.pins')
  await alice.createRoom('board')
  await bob.joinRoom('board')
  await alice.send('the rules of the house')
  await alice.seesSent('the rules of the house')
  await (await alice.actions('the rules of the house')).getByRole('button', { name: 'More actions' }).click()
  await alice.page.getByRole('menuitem', { name: 'Pin to room' }).click()
  await bob.message('the rules of the house').getByTestId('pinned').waitFor()

  await bob.page.getByRole('button', { name: 'Pinned messages' }).click()
  const pins = bob.page.getByTestId('pins')
  await pins.getByText('the rules of the house').waitFor()
  await pins.getByText('Pinned by alice.pins').waitFor()
  // Bob is no moderator.
  expect(await pins.getByRole('button', { name: /^Unpin/ }).count()).toBe(0)
  await (await bob.actions('the rules of the house')).getByRole('button', { name: 'More actions' }).click()
  await bob.page.getByRole('menuitem', { name: 'Copy text' }).waitFor()
  expect(await bob.page.getByRole('menuitem', { name: 'Pin to room' }).count()).toBe(0)
  await bob.page.keyboard.press('Escape')

  await sayMany(alice, lines(130, 'chatter'))
  await bob.sees('chatter 130')
  await bob.page.reload()
  // It may begin at what was not told to be read before the reload.
  await bob.page.getByTestId('message').first().waitFor()
  await bob.composer.press('Escape')
  await bob.sees('chatter 130')
  expect(await bob.message('the rules of the house').count()).toBe(0)
  await bob.page.getByRole('button', { name: 'Pinned messages' }).click()
  await pins.getByTestId('quoted').click()
  await highlighted(bob, 'the rules of the house')
  await bob.page.getByTestId('jump-to-latest').waitFor()

  await alice.page.getByRole('button', { name: 'Pinned messages' }).click()
  await alice.page
    .getByTestId('pins')
    .getByRole('button', { name: /^Unpin/ })
    .click()
  await bob.page.getByTestId('pins').getByText('Nothing pinned yet').waitFor()
  await expect
    .poll(() => bob.message('the rules of the house').getByTestId('pinned').count(), PATIENCE)
    .toBe(0)
})

it('searches everywhere with filters, page by page, and jumps to what was found', async () => {
  const carol = await stage.arriveSignedUp('carol.find')
  const dave = await stage.arriveSignedUp('dave.find')
  await carol.createRoom('workshop')
  await dave.joinRoom('workshop')
  await carol.send('the **lathe** needs oil, says 上海 manual')
  await sayMany(carol, lines(120, 'sawdust'))
  await dave.send('I oiled the lathe: https://example.org/lathe')
  await dave.seesSent('I oiled the lathe: https://example.org/lathe')
  await carol.createRoom('attic')
  await carol.send('old lathe for sale')
  await carol.seesSent('old lathe for sale')

  await carol.page.getByRole('link', { name: 'Search messages' }).click()
  await carol.page.getByTestId('search-field').fill('lathe')
  const found = carol.page.getByTestId('found')
  await expect.poll(() => found.count(), PATIENCE).toBe(3)
  expect(await found.locator('mark').first().innerText()).toBe('lathe')
  expect(new URL(carol.page.url()).search).toBe('?q=lathe')
  await found.first().getByText('attic').waitFor()

  await carol.page.getByRole('button', { name: 'Filters' }).click()
  await carol.page.getByRole('button', { name: 'Links' }).click()
  await expect.poll(() => found.count(), PATIENCE).toBe(1)
  await found.getByText('I oiled the').waitFor()
  await carol.page.getByRole('button', { name: 'Links' }).click()
  await carol.page.getByLabel('From', { exact: true }).fill('carol.find')
  await expect.poll(() => found.count(), PATIENCE).toBe(2)
  await carol.page.getByLabel('In', { exact: true }).selectOption('workshop')
  await expect.poll(() => found.count(), PATIENCE).toBe(1)
  // The address is the search.
  await carol.page.reload()
  await expect.poll(() => found.count(), PATIENCE).toBe(1)
  await carol.page.getByRole('button', { name: 'Clear filters' }).click()
  await carol.page.getByTestId('search-field').fill('上海')
  await expect.poll(() => found.count(), PATIENCE).toBe(1)
  await found.getByTestId('quoted').click()
  await carol.inRoom('workshop')
  await highlighted(carol, 'the lathe needs oil, says 上海 manual')

  await carol.page.goto('/search?q=sawdust')
  await expect.poll(() => found.count(), PATIENCE).toBe(20)
  await carol.page.getByRole('button', { name: 'Show more' }).click()
  await expect.poll(() => found.count(), PATIENCE).toBe(40)
  await carol.page.getByTestId('search-field').fill('nobody ever said this')
  await carol.page.getByText('Nothing found').waitFor()
})

it('searches in the room with the keyboard', async () => {
  const erin = await stage.arriveSignedUp('erin.find')
  await erin.createRoom('garden')
  await erin.send('plant the tulips')
  await erin.seesSent('plant the tulips')
  await sayMany(erin, lines(120, 'weed'))
  await erin.sees('weed 120')
  await erin.page.keyboard.press('Control+f')
  const field = erin.page.getByTestId('room-search')
  await expect.poll(() => field.evaluate((one) => one === document.activeElement), PATIENCE).toBe(true)
  await erin.page.keyboard.type('tulip')
  const found = erin.page.getByTestId('found')
  await expect.poll(() => found.count(), PATIENCE).toBe(1)
  await found.getByTestId('quoted').press('Enter')
  await highlighted(erin, 'plant the tulips')
  await erin.page.keyboard.press('Escape')
  await field.waitFor({ state: 'detached' })
})
