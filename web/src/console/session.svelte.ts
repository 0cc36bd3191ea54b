import { api, whenSignedOut } from './api.ts'
import type { Session } from './types.ts'

/** Who is signed in; the key itself is never kept in the browser. */
export const session = $state<{ current: Session | null; isKnown: boolean }>({
  current: null,
  isKnown: false,
})

whenSignedOut(() => {
  session.current = null
})

export async function findSession(): Promise<void> {
  session.current = (await api<{ session: Session | null }>('GET', '/console/session')).session
  session.isKnown = true
}

/** Exchanges a key for a session cookie. */
export async function signIn(key: string): Promise<void> {
  const { session: opened } = await api<{ session: Session }>('POST', '/console/session', {
    json: { key },
  })
  session.current = opened
}

export async function signOut(): Promise<void> {
  await api('DELETE', '/console/session')
  session.current = null
}

/** The path of the organisation that is signed in. */
export const manage = (path: string) => `/manage/${session.current?.org_id ?? 0}${path}`
export const read = (path: string) => `/ext/${session.current?.org_id ?? 0}${path}`
