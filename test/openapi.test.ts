import { expect, test } from 'vitest'
import { ERROR_CODES } from '../src/lib/error-codes.ts'
import { startSystem } from './test-deps.ts'

const { app } = await startSystem()

// Refreshed by `npm run openapi`.
test('docs/openapi.json is what the routes say', async () => {
  await app.ready()
  const document = `${JSON.stringify(app.swagger(), null, 2)}\n`
  await expect(document).toMatchFileSnapshot('../docs/openapi.json')
})

test('the document is OpenAPI 3.1, names every operation once and lists every error code', async () => {
  const document = (await app.inject('/openapi.json')).json()
  expect(document.openapi).toBe('3.1.0')
  const operations = Object.values<Record<string, { operationId?: string }>>(
    document.paths,
  ).flatMap((path) => Object.values(path))
  const ids = operations.map(({ operationId }) => operationId)
  expect(ids).not.toContain(undefined)
  expect(new Set(ids).size).toBe(ids.length)
  for (const code of Object.keys(ERROR_CODES))
    expect(document.info.description).toContain(`\`${code}\``)
})

test('the document can be browsed', async () => {
  const page = await app.inject('/docs/')
  expect(page.statusCode).toBe(200)
  expect(page.headers['content-type']).toContain('text/html')
})

test('uploads show the form that they take', async () => {
  const { paths } = (await app.inject('/openapi.json')).json()
  const formOf = (path: string) => paths[path].post.requestBody.content['multipart/form-data']
  const photos = formOf('/api/v1/manage/{org_id}/event/{event_id}/photos')
  expect(photos.schema.properties.file.items).toMatchObject({ type: 'string', format: 'binary' })
  const selfie = formOf('/api/v1/ext/{org_id}/event/{event_id}/faces')
  expect(Object.keys(selfie.schema.properties)).toEqual(['file', 'request_id'])
})
