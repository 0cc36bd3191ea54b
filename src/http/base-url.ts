/** The absolute base of URLs in an answer, without a trailing slash. */
export type BaseUrl = (request: { protocol: string; host: string }) => string

/** The configured public URL, else the host that the request named. */
export const baseUrlOf =
  (publicUrl: string | undefined): BaseUrl =>
  ({ protocol, host }) =>
    publicUrl ?? `${protocol}://${host}`
