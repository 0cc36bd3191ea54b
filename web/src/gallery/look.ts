import type { OpenOptions } from './lightbox/open-lightbox.ts'

/** Shows photos in full screen; what that needs is loaded at the first time. */
export async function lookAt(options: OpenOptions): Promise<void> {
  const { openLightbox } = await import('./lightbox/open-lightbox.ts')
  openLightbox(options)
}
