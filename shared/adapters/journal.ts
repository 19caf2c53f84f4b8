import { Fault, faultsOf } from '../errors.ts'
import type { Entry, Journal, LogNames } from '../ports.ts'
import * as z from '../schema.ts'
import { retrying } from './retry.ts'
import { json, type ObjectStore } from './store.ts'
import type { Timing } from './timing.ts'

const entrySchema = z.strictObject({ n: z.int().check(z.minimum(1)), attempt: z.string(), at: z.string(), fact: z.unknown() })

/** How often `append` writes the hint from which `newest` walks: a walk is never longer than this by much. */
const headEvery = 8

/** The Journal port over a bucket: `journal/<log>/0001.json`, `journal/<log>/head`, `open/<look>~<id>`. `bucket` is for messages. */
export function journalOver(store: ObjectStore, timing: Timing, bucket: string): Journal {
  let unversioned: Promise<void> | undefined

  /** Once per process and before the first write: create-once is a lie on a bucket that keeps versions. */
  function checked(): Promise<void> {
    unversioned ??= demandUnversioned(store, bucket).catch(error => {
      unversioned = undefined
      throw error
    })
    return unversioned
  }

  async function entry(log: string, n: number): Promise<Entry | undefined> {
    const bytes = await store.get(keyOf(log, n))
    return bytes && readEntry(bytes, log, n)
  }

  async function walk(log: string, from: number): Promise<Entry[]> {
    const entries: Entry[] = []
    for (let n = from; ; n++) {
      const found = await entry(log, n)
      if (found === undefined) return entries
      entries.push(found)
    }
  }

  /** A hint may lag behind, and one that is unreadable or ahead of the log is no hint. */
  async function hinted(log: string): Promise<number> {
    const bytes = await store.get(headOf(log))
    const hint = bytes === undefined ? '' : Buffer.from(bytes).toString()
    return /^[1-9]\d{0,8}$/.test(hint) ? Number(hint) : 1
  }

  return {
    read: log => walk(log, 1),

    async newest(log) {
      const from = await hinted(log)
      const entries = await walk(log, from)
      return entries.at(-1) ?? (from > 1 ? (await walk(log, 1)).at(-1) : undefined)
    },

    async append(log, made) {
      await checked()
      const text = textOf(made)
      const outcome = await retrying(() => createOnce(store, keyOf(log, made.n), text), timing)
      if (outcome === 'appended' && made.n % headEvery === 0) await hint(() => store.put(headOf(log), Buffer.from(String(made.n)), json))
      return outcome
    },

    async remind(look, id) {
      await checked()
      await store.put(hintOf(look, id), Buffer.from('.'), { 'Content-Type': 'text/plain' })
    },

    async forget(look, id) {
      await store.remove(hintOf(look, id))
    },

    async due(until, most) {
      const latest = instantOf(until)
      const found: { look: string; id: string }[] = []
      let next: string | undefined
      if (most < 1) return found
      do {
        const page = await store.list('open/', most - found.length, next)
        for (const key of page.keys) {
          const hint = readHint(key)
          if (hint === undefined) continue
          if (hint.look > latest) return found
          found.push(hint)
        }
        next = page.next
      } while (next !== undefined && found.length < most)
      return found
    },
  }
}

/** The LogNames port over the same bucket. */
export function logNamesOver(store: ObjectStore, bucket: string): LogNames {
  return {
    bucket,
    versioned: () => store.versioned(),
    async under(prefix) {
      const { keys } = await store.list(`journal/${safe(prefix)}`, 1000)
      return [...new Set(keys.flatMap(key => /^journal\/(.+)\/\d+\.json$/.exec(key)?.[1] ?? []))]
    },
  }
}

/** Creates the object, or finds out whose it is. Throws where that stays open; doing it again is safe, since the bytes are the same. */
async function createOnce(store: ObjectStore, key: string, text: string): Promise<'appended' | 'taken'> {
  let lost: unknown
  try {
    if ((await store.create(key, Buffer.from(text), json)) === 'created') return 'appended'
  } catch (error) {
    if (!(error instanceof Fault) || !error.retry) throw error
    lost = error
  }
  const there = await store.get(key)
  if (there === undefined) throw lost ?? new Fault('BadReply', `PutObject ${key}: said to exist, and is not there`)
  // Equal bytes: the same attempt, at the same instant, saying the same. Anything less is somebody else's entry.
  return Buffer.from(there).toString() === text ? 'appended' : 'taken'
}

async function demandUnversioned(store: ObjectStore, bucket: string): Promise<void> {
  if (!(await store.versioned())) return
  throw new Fault(
    'BadConfig',
    `JOURNAL_BUCKET: ${bucket} keeps versions, or did once, and OSS then overwrites what must be created once: use a bucket that never had versioning on`,
  )
}

async function hint(write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch {
    // The entry stands; a hint that is not written costs the next reader a longer walk, and failing here would tell the caller it was not appended.
  }
}

const textOf = ({ n, attempt, at, fact }: Entry): string => JSON.stringify({ n, attempt, at, fact })

function readEntry(bytes: Uint8Array, log: string, n: number): Entry {
  let body: unknown
  try {
    body = JSON.parse(Buffer.from(bytes).toString())
  } catch {
    throw new Fault('BadJournal', `${keyOf(log, n)} is not JSON`)
  }
  const read = entrySchema.safeParse(body)
  if (!read.success) throw new Fault('BadJournal', `${keyOf(log, n)}: ${faultsOf(read.error)}`)
  if (read.data.n !== n) throw new Fault('BadJournal', `${keyOf(log, n)} holds entry ${read.data.n}`)
  return { ...read.data, fact: read.data.fact }
}

const keyOf = (log: string, n: number): string => `journal/${safe(log)}/${String(n).padStart(4, '0')}.json`
const headOf = (log: string): string => `journal/${safe(log)}/head`

/** Names become parts of a URL's path, where `..` climbs and empty parts vanish. */
function safe(log: string): string {
  const sound = log.split('/').every(part => /^[\w.~-]+$/.test(part) && !/^\.+$/.test(part))
  if (!sound) throw new Fault('BadJournal', `${JSON.stringify(log)} is no log's name: letters, digits, and . _ ~ - in parts divided by /`)
  return log
}

/** Always with milliseconds: `…00Z` and `…00.500Z` would sort the wrong way round. */
function instantOf(look: string): string {
  const at = new Date(look)
  if (Number.isNaN(at.getTime())) throw new Fault('BadJournal', `${JSON.stringify(look)} is no instant: ISO 8601 in UTC`)
  return at.toISOString()
}

const hintOf = (look: string, id: string): string => `open/${instantOf(look)}~${encodeURIComponent(id)}`

function readHint(key: string): { look: string; id: string } | undefined {
  const match = /^open\/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)~(.+)$/.exec(key)
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  try {
    return { look: match[1], id: decodeURIComponent(match[2]) }
  } catch {
    return undefined
  }
}
