import { useEffect, useState } from 'react'

/** useState that remembers its (JSON) value in localStorage; works in memory where storage is blocked. */
export function useStoredState<T>(key: string, initial: T) {
  const [value, setValue] = useState<T>(() => read(key) ?? initial)

  useEffect(() => {
    try {
      localStorage.setItem(key, JSON.stringify(value))
    } catch {
      // Storage is blocked or full: the value still lives for this visit.
    }
  }, [key, value])

  return [value, setValue] as const
}

function read(key: string) {
  try {
    const stored = localStorage.getItem(key)
    return stored === null ? null : JSON.parse(stored)
  } catch {
    return null
  }
}
