import { beforeAll, describe, it } from 'vitest'

import { give, png } from './support/give'
import { look, SIZES } from './support/look'
import type { Person } from './support/person'
import { useStage } from './support/stage'

const stage = useStage()
let path = ''

const uploaded = async (person: Person, count: number) => {
  await person.page
    .locator('[data-testid=upload][data-state=done]')
    .nth(count - 1)
    .waitFor()
}
const loaded = async (person: Person, count: number) => {
  await person.page
    .locator('[data-testid=image][data-loaded=true]')
    .nth(count - 1)
    .waitFor()
}

/** A short sound: something that every browser can play. */
function wave(seconds: number): Buffer {
  const rate = 8000
  const count = rate * seconds
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + count, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36)
  head.writeUInt32LE(count, 40)
  const tone = Uint8Array.from(
    { length: count },
    (_, at) => 128 + 90 * Math.sin((at * 440 * 2 * Math.PI) / rate),
  )
  return Buffer.concat([head, tone])
}

beforeAll(async () => {
  const maya = await stage.arriveSignedUp('maya.lind')
  path = await maya.createRoom('moodboard')
  await maya.send('Everything for the autumn campaign goes here.')
  await maya.seesSent('Everything for the autumn campaign goes here.')
  await (
    await maya.actions('Everything for the autumn campaign goes here.')
  )
    .getByRole('button', { name: 'More actions' })
    .click()
  await maya.page.getByRole('menuitem', { name: 'Pin to room' }).click()
  await maya.page.getByTestId('pinned').waitFor()
  const image = (name: string, width: number, height: number, hue: number) => ({
    name,
    type: 'image/png',
    bytes: png(width, height, hue),
  })
  await give(maya.page, 'drop', [image('hero.png', 1200, 700, 30)])
  await uploaded(maya, 1)
  await maya.send('First direction, warm:')
  await loaded(maya, 1)
  await give(maya.page, 'drop', [
    image('a.png', 600, 600, 90),
    image('b.png', 500, 800, 150),
    image('c.png', 900, 400, 220),
  ])
  await uploaded(maya, 3)
  await maya.composer.press('Enter')
  await loaded(maya, 4)
  await give(maya.page, 'drop', [
    {
      name: 'brief with a rather long name, second round of changes.txt',
      type: 'text/plain',
      bytes: Buffer.from('x'.repeat(48_200)),
    },
    { name: 'jingle.wav', type: 'audio/wav', bytes: wave(2) },
  ])
  await uploaded(maya, 2)
  await maya.send('The brief and the autumn jingle')
  await maya.page.getByTestId('file').waitFor()
  await maya.leave()
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
  it('files in a conversation, and on their way to it', async () => {
    const person = await signIn(size)
    await person.page.goto(path)
    await person.sees('The brief and the autumn jingle')
    await loaded(person, 3)
    await look(person, `files-${size}`)
    await person.page.route('**/api/v1/attachments', async (route) => {
      if (route.request().postDataBuffer()?.includes('stuck.pdf')) return
      await route.continue()
    })
    await give(person.page, 'drop', [
      { name: 'ready.png', type: 'image/png', bytes: png(300, 300, 60) },
      { name: 'empty.docx', type: '', bytes: Buffer.alloc(0) },
    ])
    await uploaded(person, 1)
    await give(person.page, 'drop', [
      { name: 'stuck.pdf', type: 'application/pdf', bytes: Buffer.alloc(200_000, 1) },
    ])
    await person.page.locator('[data-testid=upload][data-state=uploading]').waitFor()
    await person.page.evaluate(() => {
      const transfer = new DataTransfer()
      transfer.items.add(new File(['x'], 'x.txt'))
      const options = { bubbles: true, cancelable: true, dataTransfer: transfer }
      document.querySelector('main')?.dispatchEvent(new DragEvent('dragenter', options))
    })
    await person.page.getByTestId('drop-zone').waitFor()
    await look(person, `drop-${size}`)
    await person.page.evaluate(() => {
      const options = { bubbles: true, cancelable: true, dataTransfer: new DataTransfer() }
      options.dataTransfer.items.add(new File(['x'], 'x.txt'))
      document.querySelector('main')?.dispatchEvent(new DragEvent('dragleave', options))
    })
    await look(person, `uploads-${size}`)
  })

  it('an image before it is there', async () => {
    const person = await signIn(size)
    await person.page.route('**/thumbnail?**', () => undefined)
    await person.page.goto(path)
    await person.sees('The brief and the autumn jingle')
    await person.page.getByTestId('image').first().waitFor()
    await look(person, `blur-${size}`)
  })

  it('the gallery', async () => {
    const person = await signIn(size)
    await person.page.goto(path)
    await person.page.getByRole('button', { name: 'Open image b.png' }).click()
    await person.page.locator('[data-testid=gallery-image][data-loaded=true]').waitFor()
    await look(person, `gallery-${size}`)
  })

  it('pins and search in the room', async () => {
    const person = await signIn(size)
    await person.page.goto(path)
    await person.sees('The brief and the autumn jingle')
    if (size === 'phone') {
      await person.page.getByRole('button', { name: 'Room menu' }).click()
      await person.page.getByRole('menuitem', { name: 'Pinned messages' }).click()
    } else await person.page.getByRole('button', { name: 'Pinned messages' }).click()
    await person.page.getByTestId('pins').getByTestId('quoted').waitFor()
    await look(person, `pins-${size}`)
    await person.page.keyboard.press('Escape')
    await person.page.getByRole('button', { name: 'Search in this room' }).click()
    await person.page.getByTestId('room-search').fill('autumn')
    await person.page.getByTestId('found').nth(1).waitFor()
    await look(person, `room-search-${size}`)
  })

  it('the search page', async () => {
    const person = await signIn(size)
    await person.page.goto('/search')
    await person.page.getByText('Find what was said').waitFor()
    await look(person, `search-empty-${size}`)
    await person.page.goto('/search?q=autumn&from=maya.lind')
    await person.page.getByTestId('found').nth(1).waitFor()
    await look(person, `search-${size}`)
  })

  it('the emoji picker', async () => {
    const person = await signIn(size)
    await person.page.goto(path)
    await person.page.getByRole('button', { name: 'Insert emoji' }).click()
    await person.page.getByLabel('Search emoji').waitFor()
    await look(person, `emoji-${size}`)
  })
})
