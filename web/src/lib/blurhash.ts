/** Decodes a blur hash: a few waves of colour, 1 to 9 in each direction, in base 83. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~'
const VALUES = new Map(Array.from(DIGITS, (digit, value) => [digit, value]))

type Colour = readonly [red: number, green: number, blue: number]

/** Null where it is no number of base 83. */
function read(text: string): number | null {
  let value = 0
  for (const digit of text) {
    const known = VALUES.get(digit)
    if (known === undefined) return null
    value = value * 83 + known
  }
  return value
}

function toLinear(byte: number): number {
  const level = byte / 255
  return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4
}

function toByte(level: number): number {
  const bounded = Math.min(1, Math.max(0, level))
  const curved = bounded <= 0.0031308 ? bounded * 12.92 : 1.055 * bounded ** (1 / 2.4) - 0.055
  return Math.round(curved * 255)
}

const signedSquare = (value: number) => Math.sign(value) * value * value

interface Waves {
  across: number
  down: number
  /** Row by row; the first is the average. */
  colours: Colour[]
}

function parse(hash: string): Waves | null {
  const size = read(hash.slice(0, 1))
  const loudness = read(hash.slice(1, 2))
  const average = read(hash.slice(2, 6))
  if (size === null || loudness === null || average === null) return null
  const across = (size % 9) + 1
  const down = Math.floor(size / 9) + 1
  if (down > 9 || hash.length !== 4 + 2 * across * down) return null
  const loudest = (loudness + 1) / 166
  const colours: Colour[] = [
    [toLinear((average >> 16) & 255), toLinear((average >> 8) & 255), toLinear(average & 255)],
  ]
  for (let at = 6; at < hash.length; at += 2) {
    const value = read(hash.slice(at, at + 2))
    if (value === null) return null
    const level = (step: number) => signedSquare((step - 9) / 9) * loudest
    colours.push([level(Math.floor(value / 361)), level(Math.floor(value / 19) % 19), level(value % 19)])
  }
  return { across, down, colours }
}

/** The picture as RGBA bytes; null where the hash is none. */
export function decodeBlurhash(
  hash: string,
  width: number,
  height: number,
): Uint8ClampedArray<ArrayBuffer> | null {
  const waves = parse(hash)
  if (!waves) return null
  const { across, down, colours } = waves
  const cosines = (count: number, length: number) =>
    Array.from({ length }, (_, place) =>
      Array.from({ length: count }, (__, wave) => Math.cos((Math.PI * wave * place) / length)),
    )
  const columns = cosines(across, width)
  const rows = cosines(down, height)
  const pixels = new Uint8ClampedArray(width * height * 4)
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      let red = 0
      let green = 0
      let blue = 0
      colours.forEach((colour, index) => {
        const weight = (column[index % across] ?? 0) * (row[Math.floor(index / across)] ?? 0)
        red += colour[0] * weight
        green += colour[1] * weight
        blue += colour[2] * weight
      })
      pixels.set([toByte(red), toByte(green), toByte(blue), 255], (y * width + x) * 4)
    })
  })
  return pixels
}
