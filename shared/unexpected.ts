import { Fault } from './errors.ts'

/** What may be told of something thrown. A fault's message is ours and holds no secret; a foreign one may hold a URL, so only its name is told. */
export function unexpected(error: unknown): { code: string; message: string; cloudCode?: string | undefined; stack?: string[] } {
  if (error instanceof Fault) return { code: error.code, message: error.message, cloudCode: error.cloudCode }
  const name = error instanceof Error ? error.name : 'something'
  return { code: 'Crashed', message: `${name} was thrown: a defect, its stack follows`, stack: framesOf(error) }
}

const framesOf = (error: unknown): string[] =>
  error instanceof Error ? (error.stack ?? '').split('\n').filter(one => one.startsWith('    at ')) : []
