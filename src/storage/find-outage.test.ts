import { expect, test } from 'vitest'
import { AppError } from '../lib/errors.ts'
import { findOutage } from './find-outage.ts'
import { S3Failure, StoreStalled } from './s3/s3-failure.ts'

const coded = (message: string, properties: object) => Object.assign(new Error(message), properties)
const kindOf = (error: unknown) => findOutage(error)?.code

test.for<[what: string, error: Error, code: string | undefined]>([
  ['a full disk', coded('write', { code: 'ENOSPC', syscall: 'write' }), 'storage_full'],
  [
    'a full disk, told in words',
    new Error('Object a', { cause: coded('', { code: 'EDQUOT' }) }),
    'storage_full',
  ],
  [
    'a full disk of the database',
    coded('could not extend file', { code: '53100' }),
    'storage_full',
  ],
  ['a database without connections', coded('sorry', { code: '53300' }), 'not_ready'],
  ['a database that stops', coded('terminating', { code: '57P01' }), 'not_ready'],
  [
    'a database that is not there',
    coded('connect', { code: 'ENOENT', syscall: 'connect' }),
    'not_ready',
  ],
  ['a connection that breaks', coded('read', { code: 'ECONNRESET', syscall: 'read' }), 'not_ready'],
  [
    'a pool without a free connection',
    new Error('timeout exceeded when trying to connect'),
    'not_ready',
  ],
  [
    'a store in trouble',
    new S3Failure('PUT', { status: 503, code: 'SlowDown' }),
    'storage_unavailable',
  ],
  ['a store that does not answer', new StoreStalled('no'), 'storage_unavailable'],
  ['a store that refuses', new S3Failure('PUT', { status: 403, code: 'AccessDenied' }), undefined],
  ['a client that hung up', coded('aborted', { code: 'ECONNRESET' }), undefined],
  ['a missing file', coded('open', { code: 'ENOENT', syscall: 'open' }), undefined],
  ['a program that ended early', coded('write', { code: 'EPIPE', syscall: 'write' }), undefined],
  ['a query that is wrong', coded('syntax', { code: '42601' }), undefined],
  ['a query over its limit of time', coded('canceling', { code: '57014' }), undefined],
  ['a bad photo', new AppError({ code: 'photo_not_decodable', message: 'no' }), undefined],
])('%s', ([, error, code]) => {
  expect(kindOf(error)).toBe(code)
})
