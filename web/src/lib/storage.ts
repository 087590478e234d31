/** localStorage where there is one: private windows and full disks must not break the app. */
export interface KeyValue {
  get(key: string): string | null
  /** False: it could not be kept. */
  set(key: string, value: string): boolean
  remove(key: string): void
  keys(prefix: string): string[]
}

function wrap(open: () => Storage): KeyValue {
  const guard = <T>(use: (storage: Storage) => T, otherwise: T): T => {
    try {
      return use(open())
    } catch {
      return otherwise
    }
  }
  return {
    get: (key) => guard((storage) => storage.getItem(key), null),
    set: (key, value) => guard((storage) => (storage.setItem(key, value), true), false),
    remove: (key) => guard((storage) => storage.removeItem(key), undefined),
    keys: (prefix) =>
      guard((storage) => {
        const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
        return keys.filter((key) => key.startsWith(prefix))
      }, [] as string[]),
  }
}

export const localStore: KeyValue = wrap(() => window.localStorage)

/** For tests, and for what need not outlive the page. */
export function memoryStore(): KeyValue {
  const values = new Map<string, string>()
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => (values.set(key, value), true),
    remove: (key) => void values.delete(key),
    keys: (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)),
  }
}

/** Parsed JSON, or null where there is none or it is broken. */
export function readJson(store: KeyValue, key: string): unknown {
  const text = store.get(key)
  if (text === null) return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}
