/** One person's face as a model sees it: what new faces are compared with. */
export type ModelTemplate = {
  readonly model: string
  /** One a selfie: float32, little endian, unit length. */
  readonly selfies: readonly Buffer[]
  /** Selfies and sure matches together; null until the event was looked through. */
  readonly expanded: Buffer | null
}

/** One person's face as every model sees it that was there when it was asked. */
export type Template = readonly ModelTemplate[]

const text = (bytes: Buffer) => bytes.toString('base64')
const bytes = (text: string) => Buffer.from(text, 'base64')

type Packed = { model: string; selfies: string[]; expanded: string | null }[]

export const packTemplate = (template: Template): Buffer =>
  Buffer.from(
    JSON.stringify(
      template.map(({ model, selfies, expanded }): Packed[number] => ({
        model,
        selfies: selfies.map(text),
        expanded: expanded && text(expanded),
      })),
    ),
  )

export const unpackTemplate = (packed: Buffer): Template =>
  (JSON.parse(packed.toString()) as Packed).map(({ model, selfies, expanded }) => ({
    model,
    selfies: selfies.map(bytes),
    expanded: expanded === null ? null : bytes(expanded),
  }))
