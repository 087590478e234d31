import { type Attachment, kindOf } from './attachments'
import { plainExcerpt } from './markdown'

/** Files in a word: "Image", "report.pdf", "3 files". */
export function filesInWords(files: readonly Attachment[]): string {
  const [first] = files
  if (!first) return ''
  const pictures = files.every((file) => kindOf(file) === 'image')
  if (files.length === 1) return pictures ? 'Image' : first.name
  return `${files.length} ${pictures ? 'images' : 'files'}`
}

/** The first words of a message; of one without words, what is in it. */
export function excerptOf(
  message: { body: string; attachments: readonly Attachment[] },
  max?: number,
): string {
  return plainExcerpt(message.body, max) || filesInWords(message.attachments)
}
