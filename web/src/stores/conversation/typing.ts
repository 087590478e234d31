import { ref } from 'vue'

/** Without another sign for this long, somebody is not typing any more. */
const EXPIRY_MS = 5_000
/** While one types, the server is told this often. */
const REPEAT_MS = 2_500
/** Without a key for this long, one is not typing any more. */
const IDLE_MS = 4_000

type Timer = ReturnType<typeof setTimeout>

/** Who is typing in a room, and telling the room that I am. */
export function useTyping(tell: (on: boolean) => void) {
  const users = ref<string[]>([])
  const expiry = new Map<string, Timer>()
  let toldAt = 0
  let idle: Timer | undefined

  function heard(user: string, on: boolean): void {
    clearTimeout(expiry.get(user))
    expiry.delete(user)
    if (on) {
      expiry.set(
        user,
        setTimeout(() => heard(user, false), EXPIRY_MS),
      )
      if (!users.value.includes(user)) users.value = [...users.value, user]
    } else if (users.value.includes(user)) {
      users.value = users.value.filter((other) => other !== user)
    }
  }

  function clear(): void {
    for (const timer of expiry.values()) clearTimeout(timer)
    expiry.clear()
    users.value = []
    clearTimeout(idle)
    toldAt = 0
  }

  function set(on: boolean): void {
    clearTimeout(idle)
    if (on) {
      idle = setTimeout(() => set(false), IDLE_MS)
      if (Date.now() - toldAt < REPEAT_MS) return
      toldAt = Date.now()
      tell(true)
    } else if (toldAt > 0) {
      toldAt = 0
      tell(false)
    }
  }

  return { users, heard, clear, set }
}
