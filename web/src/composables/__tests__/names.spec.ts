import { describe, expect, it } from 'vitest'

import { deviceName, isHandheld } from '../deviceName'
import { lengthOf } from '../limits'
import { rankRooms } from '../rankRooms'
import { roomPath } from '../roomPath'
import { initialsOf, toneOf } from '../tone'
import { room } from './samples'

describe('tone', () => {
  it('is the same for a name however it is written, and within the palette', () => {
    expect(toneOf('Ada')).toBe(toneOf('ada'))
    const tones = Array.from({ length: 400 }, (_, index) => toneOf(`user${index}`))
    expect(Math.min(...tones)).toBe(1)
    expect(Math.max(...tones)).toBe(9)
    for (let tone = 1; tone <= 9; tone += 1) {
      expect(tones.filter((each) => each === tone).length).toBeGreaterThan(15)
    }
  })

  it.each([
    ['ada_lovelace', 2, 'AL'],
    ['Ada Byron King', 2, 'AK'],
    ['ada', 2, 'A'],
    ['ada lovelace', 1, 'A'],
    ['Книжный клуб', 2, 'КК'],
    ['𝕏yz', 1, '𝕏'],
    ['  ', 2, '?'],
  ] as const)('%s in %i letters is %s', (name, letters, initials) => {
    expect(initialsOf(name, letters)).toBe(initials)
  })
})

describe('deviceName', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux', false],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile/15E Safari/604',
      'Safari on iPhone',
      true,
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
      'Edge on Windows',
      false,
    ],
    ['curl/8.9', 'curl/8.9', false],
    [null, 'Unknown device', false],
  ])('%s', (agent, name, handheld) => {
    expect(deviceName(agent)).toBe(name)
    expect(isHandheld(agent)).toBe(handheld)
  })
})

it('lengthOf counts code points', () => {
  expect(lengthOf('')).toBe(0)
  expect(lengthOf('añ🎉')).toBe(3)
})

describe('rankRooms', () => {
  const rooms = [room(1, 'release notes'), room(2, 'general'), room(3, 'design-reviews'), room(4, 'red')]
  const names = (query: string) => rankRooms(rooms, query).map((each) => each.name)

  it('puts the closest fit first', () => {
    expect(names('re')).toEqual(['release notes', 'red', 'design-reviews'])
    expect(names('red')[0]).toBe('red')
    expect(names('gnl')).toEqual(['general'])
    expect(names('zzz')).toEqual([])
  })

  it('without a query: what is unread, then as it was', () => {
    const some = [room(1, 'a'), room(2, 'b', { unread: 3 }), room(3, 'c')]
    expect(rankRooms(some, ' ').map((each) => each.name)).toEqual(['b', 'a', 'c'])
  })
})

it('roomPath takes words that suit an address, or none', () => {
  expect(roomPath({ peer: null, id: 7, name: 'Café & Küche!' })).toEqual({
    name: 'room',
    params: { roomId: '7', slug: 'cafe-kuche' },
  })
  expect(roomPath({ peer: null, id: 8, name: '日本' })).toEqual({
    name: 'room',
    params: { roomId: '8', slug: null },
  })
})
