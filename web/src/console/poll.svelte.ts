import { tell } from './api.ts'

/**
 * Asks again and again while the page is seen, never twice at once; stops with the component that asked.
 *
 * @param ask throws when it fails: the message is kept until the next answer
 */
export function poll<Data>(ask: () => Promise<Data>, everyMs: number) {
  const state = $state<{ data: Data | undefined; error: string }>({ data: undefined, error: '' })
  let again = () => {}
  $effect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    let inHand: Promise<void> | undefined
    const run = async () => {
      clearTimeout(timer)
      if (isOver || inHand) return
      if (document.visibilityState === 'visible' || state.data === undefined) {
        inHand = ask().then(
          (data) => {
            state.data = data
            state.error = ''
          },
          (error: unknown) => {
            state.error = tell(error)
          },
        )
        await inHand
        inHand = undefined
      }
      if (!isOver) timer = setTimeout(run, everyMs)
    }
    again = () => void run()
    void run()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  })
  return {
    get data() {
      return state.data
    },
    get error() {
      return state.error
    },
    again: () => again(),
  }
}
