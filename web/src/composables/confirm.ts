import { shallowRef } from 'vue'

export interface Question {
  title: string
  text: string
  /** The label of the button that says yes. */
  yes: string
  danger?: boolean
  /** What has to be typed first; for what cannot be undone. */
  typed?: string
  /** Done while the dialog is open; a rejection is shown in it. */
  run: () => Promise<unknown>
}

const question = shallowRef<Question | null>(null)

/** Asks before something that hurts. One question at a time; `ConfirmDialog` shows it. */
export function useConfirm() {
  return {
    question,
    ask(next: Question) {
      question.value = next
    },
    close() {
      question.value = null
    },
  }
}
