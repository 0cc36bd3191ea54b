import { Ajv } from 'ajv'
import { Type } from 'typebox'
import { Errors } from 'typebox/value'
import { expect, test } from 'vitest'
import { tellFaults } from './tell-faults.ts'

const Schema = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    kind: Type.Optional(Type.Enum(['red', 'blue'])),
    share: Type.Optional(Type.Union([Type.Number({ maximum: 100 }), Type.Null()])),
    more: Type.Optional(
      Type.Object({ length: Type.Optional(Type.Number()) }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
)
const check = new Ajv({ allErrors: true }).compile(Schema)

test.each([
  [{}, ['body.name: is missing']],
  [
    { name: 'x', nam: 1, kin: 2 },
    ['body.nam: there is no such field', 'body.kin: there is no such field'],
  ],
  [{ name: 'x', kind: 'green' }, ['body.kind: must be one of red, blue']],
  [{ name: 'x', share: 900 }, ['body.share: must be <= 100']],
  [{ name: 'x', more: { width: 1 } }, ['body.more.width: there is no such field']],
  [{ name: 'x', more: { length: 'x' } }, ['body.more.length: must be number']],
  [7, ['body: must be object']],
])('%j: %j, whichever library looked', (value, told) => {
  expect(check(value)).toBe(false)
  expect(tellFaults(check.errors ?? [], 'body')).toEqual(told)
  expect(tellFaults([...Errors(Schema, value)], 'body')).toEqual(told)
})

test('a whole without a name is told by its fields alone', () => {
  expect(tellFaults([...Errors(Schema, {})])).toEqual(['name: is missing'])
  expect(tellFaults([...Errors(Schema, 7)])).toEqual(['must be object'])
})
