/**
 * What glibc is told in processes that pictures pass through: one heap, all memory from it, and what was freed is kept up to 256 MiB.
 * Else each buffer of a picture is mapped anew, and the kernel clears its pages again: 4 % of the CPU of a photo of 12 megapixels.
 * glibc keeps one heap a thread otherwise, each as large as the largest picture that passed through it.
 */
export const MEMORY_SETTINGS = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TOP_PAD_: String(16 * 2 ** 20),
  MALLOC_TRIM_THRESHOLD_: String(256 * 2 ** 20),
} as const
