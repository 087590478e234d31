import { kindOf } from '@/lib/attachments'
import type { Attachment, ChatMessage } from '@/stores/types'

/** Where an image comes from, as far as it is shown with it. */
export type ImageSource = Pick<ChatMessage, 'messageId' | 'author' | 'sentAt' | 'attachments'>

export interface GalleryImage {
  file: Attachment
  messageId: number | null
  username: string
  sentAt: string
}

export interface Gallery {
  images: GalleryImage[]
  at: number
}

/** All images of the messages, in order, with this one in view. An image from elsewhere stands among those of its own message. */
export function galleryOf(messages: readonly ChatMessage[], source: ImageSource, file: Attachment): Gallery {
  const imagesOf = ({ attachments, messageId, author, sentAt }: ImageSource): GalleryImage[] =>
    attachments
      .filter((each) => kindOf(each) === 'image')
      .map((each) => ({ file: each, messageId, username: author.username, sentAt }))
  const all = messages.flatMap(imagesOf)
  const images = all.some((image) => image.file.id === file.id) ? all : imagesOf(source)
  return {
    images,
    at: Math.max(
      0,
      images.findIndex((image) => image.file.id === file.id),
    ),
  }
}
