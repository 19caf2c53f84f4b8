import { type Refused, refuse } from './errors.ts'
import type { Params } from './state.ts'

export type Page<T> = { items: T[]; pageNumber: number; pageSize: number; nextToken: string; total: number }

/** Classic pages: PageNumber from 1, PageSize within `least`–100. */
export function numbered<T>(all: readonly T[], params: Params, usual: number, least = 1): Page<T> | Refused {
  const pageSize = whole(params.PageSize, usual)
  const pageNumber = whole(params.PageNumber, 1)
  if (pageSize === undefined || pageSize < least || pageSize > 100) return refuse('Parameters.Invalid', `PageSize must be ${least} to 100.`)
  if (pageNumber === undefined || pageNumber < 1) return refuse('Parameters.Invalid', 'PageNumber must be 1 or more.')
  const from = (pageNumber - 1) * pageSize
  return { items: all.slice(from, from + pageSize), pageNumber, pageSize, nextToken: '', total: all.length }
}

/**
 * Pages by token. The token names the last item seen, not a position, so that what is released meanwhile makes nobody else be skipped:
 * `all` must be ordered by `keyOf`.
 */
export function tokened<T>(all: readonly T[], size: number, token: string | undefined, keyOf: (item: T) => string): Page<T> | Refused {
  const after = token ? unpack(token) : ''
  if (after === undefined) return refuse('Parameters.Invalid', 'NextToken is not one that this service gave.')
  const rest = after === '' ? all : all.filter(item => keyOf(item) > after)
  const items = rest.slice(0, size)
  const last = items.at(-1)
  const nextToken = last !== undefined && rest.length > items.length ? btoa(`after ${keyOf(last)}`) : ''
  return { items, pageNumber: 1, pageSize: size, nextToken, total: items.length }
}

/** A whole number, `usual` when absent, undefined when it is none. */
export function whole(text: string | undefined, usual: number): number | undefined {
  if (text === undefined || text === '') return usual
  return /^-?\d{1,9}$/.test(text) ? Number(text) : undefined
}

function unpack(token: string): string | undefined {
  try {
    const text = atob(token)
    return text.startsWith('after ') ? text.slice(6) : undefined
  } catch {
    return undefined
  }
}
