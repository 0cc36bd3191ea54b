import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { createKey, deleteKey, setKeyActive } from './keys.ts'
import { findKeys } from './queries.ts'
import { ChangeKey, CreateKey, KeyView } from './schema.ts'
import { keyView } from './views.ts'

const Org = Type.Object({ org_id: Type.Integer({ minimum: 1 }) })
const Key = Type.Object({ ...Org.properties, key_id: Type.String() })

export const keyRoutes =
  (deps: { db: Db }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/:org_id/keys',
      {
        schema: {
          operationId: 'listKeys',
          summary: 'API keys of the organisation, masked',
          tags: ['keys'],
          params: Org,
          response: { 200: Success(Type.Object({ keys: Type.Array(KeyView) })), ...failures() },
        },
      },
      async ({ params }) =>
        success('API keys', { keys: (await findKeys(deps.db, params.org_id)).map(keyView) }),
    )

    app.post(
      '/:org_id/keys',
      {
        schema: {
          operationId: 'createKey',
          summary: 'Make an API key; it is shown in full only now',
          tags: ['keys'],
          params: Org,
          body: CreateKey,
          response: { 200: Success(KeyView), ...failures('key_limit_reached') },
        },
      },
      async ({ params, body }) => {
        const made = await createKey(deps, { orgId: params.org_id, ...body })
        return success('API key created: keep it, it is not shown again', {
          ...keyView(made),
          key: made.key,
        })
      },
    )

    app.patch(
      '/:org_id/keys/:key_id',
      {
        schema: {
          operationId: 'changeKey',
          summary: 'Deactivate or reactivate an API key',
          tags: ['keys'],
          params: Key,
          body: ChangeKey,
          response: { 200: Success(KeyView), ...failures('key_not_found') },
        },
      },
      async ({ params: { org_id: orgId, key_id: keyId }, body: { active } }) =>
        success(
          active ? 'API key active' : 'API key deactivated',
          keyView(await setKeyActive(deps, { orgId, keyId, active })),
        ),
    )

    app.delete(
      '/:org_id/keys/:key_id',
      {
        schema: {
          operationId: 'deleteKey',
          summary: 'Delete an API key for good',
          tags: ['keys'],
          params: Key,
          response: {
            200: Success(Type.Object({ deleted: Type.Literal(true) })),
            ...failures('key_not_found'),
          },
        },
      },
      async ({ params: { org_id: orgId, key_id: keyId } }) => {
        await deleteKey(deps, { orgId, keyId })
        return success('API key deleted', { deleted: true as const })
      },
    )
  }
