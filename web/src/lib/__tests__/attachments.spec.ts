import { describe, expect, it } from 'vitest'

import {
  asDownload,
  type Attachment,
  extensionOf,
  fitWithin,
  formatSize,
  guessFilesHeight,
  isSigned,
  kindOf,
  sortOf,
  toAttachment,
} from '../attachments'
import { decodeBlurhash } from '../blurhash'
import { excerptOf } from '../excerpt'

const file = (more: Partial<Attachment> = {}): Attachment => ({
  id: 1,
  name: 'a.bin',
  contentType: 'application/octet-stream',
  size: 10,
  width: null,
  height: null,
  blurhash: null,
  url: '/api/v1/attachments/1/content',
  thumbnailUrl: null,
  ...more,
})
const image = (width: number, height: number) => file({ contentType: 'image/png', width, height })

describe('what a file is', () => {
  it.each([
    ['image/png', 10, 'image'],
    ['image/svg+xml', null, 'file'],
    ['video/mp4', null, 'video'],
    ['audio/ogg', null, 'audio'],
    ['text/html', null, 'file'],
    ['', null, 'file'],
  ])('%s, %s wide: %s', (contentType, width, kind) => {
    expect(kindOf({ contentType, width, height: width })).toBe(kind)
  })

  it.each([
    ['application/zip', 'archive'],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'sheet'],
    ['application/pdf', 'text'],
    ['text/html', 'code'],
    ['application/octet-stream', 'other'],
  ])('%s is shown as %s', (type, sort) => expect(sortOf(type)).toBe(sort))

  it('comes from the wire with what is missing as null', () => {
    const wire = { id: 3, name: 'x', content_type: 'text/plain', size: 1, url: '/u' }
    expect(toAttachment(wire)).toEqual(
      file({ id: 3, name: 'x', contentType: 'text/plain', size: 1, url: '/u' }),
    )
  })
})

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1 KB'],
  [1550, '1.6 KB'],
  [999_960, '1 MB'],
  [26_214_400, '26 MB'],
  [5e12, '5 TB'],
  [5e15, '5000 TB'],
])('%i is %s', (bytes, text) => expect(formatSize(bytes)).toBe(text))

it.each([
  ['report.pdf', 'PDF'],
  ['backup.tar.gz', 'TAR.GZ'],
  ['Makefile', ''],
  ['.a.b.', ''],
])('%s ends with %s', (name, extension) => expect(extensionOf(name)).toBe(extension))

it('fits an image into a box and never makes it larger', () => {
  const box = { width: 400, height: 300 }
  expect(fitWithin({ width: 800, height: 200 }, box)).toEqual({ width: 400, height: 100 })
  expect(fitWithin({ width: 300, height: 3000 }, box)).toEqual({ width: 30, height: 300 })
  expect(fitWithin({ width: 40, height: 30 }, box)).toEqual({ width: 40, height: 30 })
  expect(fitWithin({ width: 20_000, height: 1 }, box)).toEqual({ width: 400, height: 1 })
})

it('guesses how high files are', () => {
  expect(guessFilesHeight([])).toBe(0)
  expect(guessFilesHeight([image(800, 200)])).toBe(106)
  expect(guessFilesHeight(Array.from({ length: 5 }, () => image(10, 10)))).toBe(2 * (132 + 6))
  expect(guessFilesHeight([file(), file()])).toBe(2 * 64)
})

it('tells addresses apart, and makes one that saves', () => {
  expect(isSigned('/x/content?token=ab')).toBe(true)
  expect(isSigned('/x/content')).toBe(false)
  expect(asDownload('/x?token=ab')).toBe('/x?token=ab&download=1')
  expect(asDownload('/x')).toBe('/x?download=1')
})

it('has words for a message without any', () => {
  expect(excerptOf({ body: '**hi**', attachments: [file()] })).toBe('hi')
  expect(excerptOf({ body: '', attachments: [image(1, 1)] })).toBe('Image')
  expect(excerptOf({ body: '', attachments: [image(1, 1), image(1, 1)] })).toBe('2 images')
  expect(excerptOf({ body: '', attachments: [file({ name: 'a.txt' })] })).toBe('a.txt')
  expect(excerptOf({ body: '', attachments: [file(), image(1, 1)] })).toBe('2 files')
  expect(excerptOf({ body: '', attachments: [] })).toBe('')
})

describe('a blur hash', () => {
  const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~'
  const base83 = (value: number, length: number) =>
    Array.from({ length }, (_, at) => DIGITS[Math.floor(value / 83 ** (length - 1 - at)) % 83]).join('')

  it('of one wave is one colour', () => {
    const pixels = decodeBlurhash(`00${base83(0xff8040, 4)}`, 3, 2)
    expect([...(pixels ?? [])]).toEqual(Array.from({ length: 6 }, () => [255, 128, 64, 255]).flat())
  })

  it('of two waves goes from one side to the other', () => {
    // Red is stronger on the left: steps 18, 9 (none), 9.
    const pixels = decodeBlurhash(`1~${base83(0x808080, 4)}${base83(18 * 361 + 9 * 19 + 9, 2)}`, 8, 1)
    const reds = Array.from({ length: 8 }, (_, x) => pixels?.[x * 4] ?? -1)
    expect(reds).toEqual([...reds].sort((a, b) => b - a))
    expect(reds[0]).toBeGreaterThan(200)
    expect(reds[7]).toBe(0)
    expect([pixels?.[1], pixels?.[29]]).toEqual([128, 128])
  })

  it.each([
    '',
    '0',
    '00',
    '00000',
    'LEHV6nWB2yk8pyo0adR*.7kCMdn',
    '00 000',
    '00é000',
    `~0${'0'.repeat(200)}`,
  ])('that is none (%j) gives nothing', (hash) => expect(decodeBlurhash(hash, 4, 4)).toBeNull())
})
