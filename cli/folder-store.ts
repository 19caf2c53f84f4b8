import { randomBytes } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { ObjectStore } from '../shared/adapters/store.ts'
import { Fault } from '../shared/errors.ts'

/** Objects as files of a folder, for whoever has no bucket. Creating once is a hard link: a whole file, or none. */
export function folderStore(root: string): ObjectStore {
  const pathOf = (key: string) => join(root, ...key.split('/').map(nameOf))

  /** Written beside its place first, so that nobody ever reads half of it. */
  async function aside(key: string, bytes: Uint8Array): Promise<string> {
    const path = `${pathOf(key)}.${randomBytes(6).toString('hex')}.new`
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, bytes, { mode: 0o600, flush: true })
    return path
  }

  return {
    async get(key) {
      try {
        return await readFile(pathOf(key))
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined
        throw faultOf(error, key)
      }
    },
    async put(key, bytes) {
      await rename(await aside(key, bytes), pathOf(key))
    },
    async create(key, bytes) {
      const fresh = await aside(key, bytes)
      try {
        await link(fresh, pathOf(key))
        return 'created'
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return 'exists'
        throw faultOf(error, key)
      } finally {
        await rm(fresh, { force: true })
      }
    },
    async remove(key) {
      await rm(pathOf(key), { force: true })
    },
    async list(prefix, most, next) {
      const all = (await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []))
        .filter(entry => entry.isFile() && !entry.name.endsWith('.new'))
        .map(entry => relative(root, join(entry.parentPath, entry.name)).split(sep).map(decodeURIComponent).join('/'))
        .filter(key => key.startsWith(prefix) && (next === undefined || key > next))
        .sort()
      const keys = all.slice(0, most)
      const last = keys.at(-1)
      return all.length > keys.length && last !== undefined ? { keys, next: last } : { keys }
    },
    versioned: async () => false,
  }
}

/** `.` and `..` would climb, and encodeURIComponent leaves them as they are. */
const nameOf = (part: string): string => encodeURIComponent(part).replace(/^\.+$/, dots => '%2E'.repeat(dots.length))

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown')
const faultOf = (error: unknown, key: string): Fault => new Fault('Refused', `${key}: ${codeOf(error)} in the local folder`)
