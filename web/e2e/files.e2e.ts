import { readFileSync } from 'node:fs'

import type { Locator } from 'playwright-core'
import { expect, it, vi } from 'vitest'

import { give, png } from './support/give'
import { PATIENCE, type Person } from './support/person'
import { useStage } from './support/stage'

const stage = useStage()
let rooms = 0

async function two(): Promise<{ alice: Person; bob: Person }> {
  rooms += 1
  const alice = await stage.arriveSignedUp(`alice.files${rooms}`)
  const bob = await stage.arriveSignedUp(`bob.files${rooms}`)
  await alice.createRoom(`studio ${rooms}`)
  await bob.joinRoom(`studio ${rooms}`)
  return { alice, bob }
}

const uploads = (person: Person) => person.page.getByTestId('upload')
const images = (person: Person) => person.page.getByTestId('image')

async function uploaded(person: Person, count: number): Promise<void> {
  await expect
    .poll(
      () => uploads(person).evaluateAll((all) => all.map((one) => one.getAttribute('data-state'))),
      PATIENCE,
    )
    .toEqual(Array.from({ length: count }, () => 'done'))
}

async function shown(all: Locator, count: number): Promise<void> {
  await expect
    .poll(() => all.evaluateAll((list) => list.map((one) => one.getAttribute('data-loaded'))), PATIENCE)
    .toEqual(Array.from({ length: count }, () => 'true'))
}

it('sends images by drop and paste, and the other sees them in the gallery', async () => {
  const { alice, bob } = await two()
  await give(alice.page, 'drop', [
    { name: 'sunrise.png', type: 'image/png', bytes: png(640, 400, 20) },
    { name: 'dusk.png', type: 'image/png', bytes: png(300, 500, 120) },
  ])
  await uploaded(alice, 2)
  await alice.composer.press('Enter')
  await shown(images(alice), 2)
  // A live frame has no signed address: this one was asked for.
  await shown(images(bob), 2)
  expect(await uploads(alice).count()).toBe(0)

  await give(alice.page, 'paste', [{ name: 'image.png', type: 'image/png', bytes: png(800, 200, 200) }])
  await uploaded(alice, 1)
  await alice.send('and a wide one')
  await bob.sees('and a wide one')
  await shown(images(bob), 3)
  const box = await bob.message('and a wide one').getByTestId('image').boundingBox()
  expect(box?.width).toBe(400)
  expect(box?.height).toBe(100)

  await bob.page.getByRole('button', { name: 'Open image dusk.png' }).click()
  const gallery = bob.page.getByTestId('gallery')
  await gallery.getByText('2 of 3').waitFor()
  await expect
    .poll(() => gallery.getByTestId('gallery-image').getAttribute('data-loaded'), PATIENCE)
    .toBe('true')
  await bob.page.keyboard.press('ArrowRight')
  await gallery.getByText('3 of 3').waitFor()
  await gallery.getByText('image.png').waitFor()
  expect(await gallery.getByRole('button', { name: 'Next image' }).isDisabled()).toBe(true)
  await bob.page.keyboard.press('Home')
  await gallery.getByText('1 of 3').waitFor()
  const picture = gallery.getByTestId('gallery-image')
  await expect.poll(() => picture.getAttribute('data-loaded'), PATIENCE).toBe('true')
  const before = (await picture.boundingBox())?.width ?? 0
  await bob.page.keyboard.press('+')
  await expect.poll(async () => (await picture.boundingBox())?.width, PATIENCE).toBeCloseTo(before * 1.5, 0)

  const download = bob.page.waitForEvent('download')
  await gallery.getByRole('button', { name: 'Download' }).click()
  const saved = await download
  expect(saved.suggestedFilename()).toBe('sunrise.png')
  expect(
    readFileSync(await saved.path())
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG')
  await bob.page.keyboard.press('Escape')
  await gallery.waitFor({ state: 'detached' })

  // After a reload they come with the history.
  await bob.page.reload()
  await bob.sees('and a wide one')
  await shown(images(bob), 3)
})

it('says what is wrong with a file before it is sent, and tries again', async () => {
  const { alice, bob } = await two()
  const damaged = png(60, 60, 10).subarray(0, 60)
  await give(alice.page, 'drop', [
    { name: 'empty.txt', type: 'text/plain', bytes: Buffer.alloc(0) },
    { name: 'broken.png', type: 'image/png', bytes: damaged },
  ])
  const file = (name: string) => uploads(alice).filter({ hasText: name })
  await file('empty.txt').getByText('The file is empty.').waitFor()
  await file('broken.png').getByText('The image is damaged or not complete.').waitFor()
  // What would fail again is not offered again.
  expect(await alice.page.getByRole('button', { name: /^Try / }).count()).toBe(0)
  await alice.composer.fill('with a file')
  expect(await alice.page.getByRole('button', { name: 'Send' }).getAttribute('aria-disabled')).toBe('true')
  await alice.page.getByRole('button', { name: 'Remove empty.txt' }).click()
  await alice.page.getByRole('button', { name: 'Remove broken.png' }).click()

  let fail = true
  await alice.page.route('**/api/v1/attachments', (route) => (fail ? route.abort() : route.continue()))
  await alice.page.getByTestId('file-input').setInputFiles({
    name: 'notes.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('remember the milk'),
  })
  await file('notes.txt').getByText('The server cannot be reached.').waitFor()
  fail = false
  await alice.page.getByRole('button', { name: 'Try notes.txt again' }).click()
  await uploaded(alice, 1)
  await alice.composer.press('Enter')
  await bob.sees('with a file')

  const card = bob.message('with a file').getByTestId('file')
  await card.getByText('TXT · 17 bytes').waitFor()
  const download = bob.page.waitForEvent('download')
  await card.click()
  expect(readFileSync(await (await download).path(), 'utf8')).toBe('remember the milk')
})

it('cancels an upload, and refuses what is too large without sending it', async () => {
  const { alice } = await two()
  let requests = 0
  await alice.page.route('**/api/v1/attachments', async () => {
    requests += 1
    // Never answered.
  })
  await give(alice.page, 'drop', [{ name: 'slow.png', type: 'image/png', bytes: png(64, 64, 1) }])
  await alice.page.getByRole('button', { name: 'Cancel slow.png' }).click()
  await vi.waitFor(async () => expect(await uploads(alice).count()).toBe(0), PATIENCE)
  expect(requests).toBe(1)
  await alice.page.evaluate(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([new Uint8Array(27_000_000)], 'film.mkv', { type: 'video/x-matroska' }))
    const options = { bubbles: true, cancelable: true, dataTransfer: transfer }
    for (const type of ['dragenter', 'dragover', 'drop'])
      document.querySelector('main')?.dispatchEvent(new DragEvent(type, options))
  })
  await uploads(alice).getByText('Too large: at most 26 MB.').waitFor()
  expect(requests).toBe(1)
})

it('gets a new address when one has run out', async () => {
  const { alice, bob } = await two()
  await give(alice.page, 'drop', [{ name: 'view.png', type: 'image/png', bytes: png(500, 300, 90) }])
  await uploaded(alice, 1)
  await alice.send('look')
  await bob.sees('look')
  await shown(images(bob), 1)
  // The address that comes with the history is no good any more.
  let refused = 0
  await bob.page.route('**/api/v1/attachments/*/thumbnail?**', (route) => {
    refused += 1
    return refused === 1 ? route.fulfill({ status: 404 }) : route.continue()
  })
  const asked = bob.page.waitForRequest(/\/api\/v1\/attachments\/\d+$/)
  await bob.page.reload()
  await bob.sees('look')
  await asked
  await shown(images(bob), 1)
  expect(refused).toBe(2)
})
