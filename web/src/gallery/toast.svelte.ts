type Toast = { text: string; action?: { name: string; run: () => void } }

const SHOWN_MS = 6000

/** One short message at a time, with at most one thing to do about it. */
class Toasts {
  current = $state<Toast>()
  #timer: ReturnType<typeof setTimeout> | undefined

  show(text: string, action?: Toast['action']) {
    clearTimeout(this.#timer)
    this.current = { text, ...(action && { action }) }
    this.#timer = setTimeout(() => this.hide(), SHOWN_MS)
  }

  hide() {
    clearTimeout(this.#timer)
    this.current = undefined
  }
}

export const toasts = new Toasts()
