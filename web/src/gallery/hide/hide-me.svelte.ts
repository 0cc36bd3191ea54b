/** The wish not to be found: asked from several places of the page, in one dialog. */
class HideMe {
  /** While the dialog is open; with the bib that it begins with. */
  open = $state<{ bib: string }>()

  ask(bib = '') {
    this.open = { bib }
  }
}

export const hideMe = new HideMe()

/** Remembers on this device the last wish of an event, so that a person finds its state again. */
export function ownWish(slug: string) {
  const key = `hide:${slug}`
  return {
    read: (): string | undefined => localStorage.getItem(key) ?? undefined,
    keep: (id: string) => localStorage.setItem(key, id),
    forget: (id: string) => {
      if (localStorage.getItem(key) === id) localStorage.removeItem(key)
    },
  }
}
