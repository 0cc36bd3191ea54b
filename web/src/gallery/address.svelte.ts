/** Where the page is: the events, an event, what is searched in it, a result. The address says it, so every view has a link. */
class Address {
  slug = $state<string>()
  result = $state<string>()
  /** A wish not to be found, whose state is shown. */
  wish = $state<string>()
  query = $state('')
  /** The photo that a shared link shows. */
  photo = $state<string>()
  /** The secret of a link; it is taken out of the address at once. */
  secret: string | undefined

  constructor() {
    this.read()
    const secret = /^#k=(.+)$/.exec(location.hash)?.[1]
    if (secret) {
      this.secret = decodeURIComponent(secret)
      history.replaceState(null, '', location.pathname + location.search)
    }
    addEventListener('popstate', () => this.read())
  }

  read() {
    const [, e, slug, kind, name] = location.pathname.split('/')
    this.slug = e === 'e' && slug ? decodeURIComponent(slug) : undefined
    this.result = this.slug && kind === 'r' && name ? name : undefined
    this.wish = this.slug && kind === 'h' && name ? name : undefined
    this.query = new URLSearchParams(location.search).get('q') ?? ''
    this.photo = /^#p=([\w-]+)$/.exec(location.hash)?.[1]
  }

  /** Goes to a view of the event, or changes the address without a step back. */
  go(path: string, { replace = false } = {}) {
    history[replace ? 'replaceState' : 'pushState'](null, '', path)
    this.read()
  }
}

export const address = new Address()
export const eventPath = (slug: string) => `/e/${encodeURIComponent(slug)}`
/** The address of one photo, for sharing. */
export const photoLink = (slug: string, id: string) =>
  `${location.origin}${eventPath(slug)}#p=${id}`
