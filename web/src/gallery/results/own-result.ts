/** Remembers on this device which result is one's own, so that "My photos" leads back to it. */
export function ownResult(slug: string) {
  const key = `result:${slug}`
  return {
    read: (): string | undefined => localStorage.getItem(key) ?? undefined,
    keep: (token: string) => localStorage.setItem(key, token),
    forget: (token: string) => {
      if (localStorage.getItem(key) === token) localStorage.removeItem(key)
    },
  }
}
