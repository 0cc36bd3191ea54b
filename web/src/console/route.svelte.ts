/** The part of the address behind `#`: `/event/7/review` is ['event', '7', 'review']. */
const partsOf = (hash: string) => hash.replace(/^#\/?/, '').split('/').filter(Boolean)

export const route = $state({ parts: partsOf(location.hash) })

addEventListener('hashchange', () => {
  route.parts = partsOf(location.hash)
})

export const goTo = (path: string) => {
  location.hash = path
}
