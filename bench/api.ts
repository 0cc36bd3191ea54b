import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'

type Body = { json?: unknown; form?: FormData; csv?: string }

/** Answers are the product's own and checked by its tests: the caller says what it expects. */
export type Api = {
  manage<Data>(method: string, path: string, body?: Body): Promise<Data>
  read<Data>(method: string, path: string, body?: Body): Promise<Data>
}

/** The HTTP surfaces of organisation 1. Every call throws on an answer other than success. */
export function openApi({
  url,
  key,
  signal,
}: {
  url: string
  key: string
  signal: AbortSignal
}): Api {
  const call = async <Data>(
    method: string,
    path: string,
    { json, form, csv }: Body = {},
  ): Promise<Data> => {
    const type = json !== undefined ? 'application/json' : csv !== undefined ? 'text/csv' : ''
    const body = json !== undefined ? JSON.stringify(json) : (form ?? csv)
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { 'X-API-Key': key, ...(type && { 'Content-Type': type }) },
      ...(body !== undefined && { body }),
      signal,
    })
    const { message, data }: { message: string; data: Data } = await answer.json()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${message}`)
    return data
  }
  return {
    manage: (method, path, body) => call(method, `/api/v1/manage/1${path}`, body),
    read: (method, path, body) => call(method, `/api/v1/ext/1${path}`, body),
  }
}

export async function fileForm(paths: readonly string[]): Promise<FormData> {
  const form = new FormData()
  for (const path of paths) form.append('file', await openAsBlob(path), basename(path))
  return form
}
