/** A file of a message, or one that waits for its message. */
export interface Attachment {
  id: number
  name: string
  contentType: string
  size: number
  /** Images only. */
  width: number | null
  height: number | null
  blurhash: string | null
  /** Where it is; good for some minutes if it is signed, and for nothing in an `<img>` if it is not. */
  url: string
  thumbnailUrl: string | null
}

/** As REST and frames have it. */
export interface WireFile {
  id: number
  name: string
  content_type: string
  size: number
  width?: number | null
  height?: number | null
  blurhash?: string | null
  url: string
  thumbnail_url?: string | null
}

export function toAttachment(wire: WireFile): Attachment {
  return {
    id: wire.id,
    name: wire.name,
    contentType: wire.content_type,
    size: wire.size,
    width: wire.width ?? null,
    height: wire.height ?? null,
    blurhash: wire.blurhash ?? null,
    url: wire.url,
    thumbnailUrl: wire.thumbnail_url ?? null,
  }
}

export type FileKind = 'image' | 'video' | 'audio' | 'file'

/** How a file is shown. An image is what the server could measure; anything else that calls itself one is a file. */
export function kindOf(file: Pick<Attachment, 'contentType' | 'width' | 'height'>): FileKind {
  const [family = ''] = file.contentType.split('/')
  if (family === 'image') return file.width !== null && file.height !== null ? 'image' : 'file'
  return family === 'video' || family === 'audio' ? family : 'file'
}

export type FileSort = 'picture' | 'film' | 'sound' | 'text' | 'code' | 'archive' | 'sheet' | 'other'

const SORTS: readonly [FileSort, RegExp][] = [
  ['picture', /^image\//],
  ['film', /^video\//],
  ['sound', /^audio\//],
  ['archive', /zip|x-tar|gzip|x-7z|x-rar|x-xz|zstd|bzip/],
  ['sheet', /csv|spreadsheet|excel/],
  ['code', /json|xml|javascript|x-sh|yaml|toml|^text\/html/],
  ['text', /^text\/|pdf|msword|wordprocessing|opendocument\.text|rtf|presentation/],
]

/** Which picture stands for a file. */
export function sortOf(contentType: string): FileSort {
  return SORTS.find(([, pattern]) => pattern.test(contentType))?.[0] ?? 'other'
}

const UNITS = ['KB', 'MB', 'GB', 'TB'] as const

/** "512 bytes", "3.4 MB": with a thousand to the step, as files are counted elsewhere too. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  let size = bytes / 1000
  let unit = 0
  // 999.96 KB would be rounded to 1000.0.
  while (size >= 999.95 && unit < UNITS.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${size.toFixed(size < 10 ? 1 : 0).replace(/\.0$/, '')} ${UNITS[unit]}`
}

/** "PDF", "TAR.GZ": what people know a type by. */
export function extensionOf(name: string): string {
  return (/(?:\.tar)?\.[a-z0-9]{1,8}$/i.exec(name)?.[0] ?? '').slice(1).toUpperCase()
}

/** The size in which an image is shown: within a box, never larger than it is, and never too small to be hit. */
export function fitWithin(
  image: { width: number; height: number },
  box: { width: number; height: number },
): { width: number; height: number } {
  const scale = Math.min(1, box.width / image.width, box.height / image.height)
  return {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  }
}

/** Whether an address works as it is, without a header. */
export const isSigned = (url: string): boolean => url.includes('token=')

/** The address that saves instead of showing. */
export const asDownload = (url: string): string => `${url}${url.includes('?') ? '&' : '?'}download=1`

/** The room that an image has when it stands alone, and each of several. */
export const IMAGE_BOX = { width: 400, height: 300 } as const
export const TILE = 132
const GAP = 6
const CARD_HEIGHT = 58
const PLAYER_HEIGHT = { audio: 84, video: 270 } as const

/** How high the files of a message are, more or less: before they are on screen. */
export function guessFilesHeight(files: readonly Attachment[]): number {
  const images = files.filter((file) => kindOf(file) === 'image')
  let height = 0
  const [single] = images
  if (images.length === 1 && single) {
    const { width, height: tall } = single
    height += GAP + (width && tall ? fitWithin({ width, height: tall }, IMAGE_BOX).height : IMAGE_BOX.height)
  } else if (images.length > 1) height += Math.ceil(images.length / 4) * (TILE + GAP)
  for (const file of files) {
    const kind = kindOf(file)
    if (kind === 'file') height += CARD_HEIGHT + GAP
    else if (kind !== 'image') height += PLAYER_HEIGHT[kind] + GAP
  }
  return height
}
