import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { connectFrom } from './egress.ts'
import type { Context, FromRuntime, RuntimeArguments, Thrown, ToRuntime } from './protocol.ts'
import { tellTime } from './told-time.ts'

// The process of one function instance: it loads the bundle once and then handles one event at a time. Nothing of it is visible to the
// function but what the real runtime shows too: the environment, the working directory, the event and the context.

type Handler = (event: Buffer, context: Context) => unknown

const { codeDir, handler: handlerName, mark, egress }: RuntimeArguments = JSON.parse(process.argv[2] ?? '{}')
process.argv.length = 2
if (egress !== undefined) connectFrom(egress)
// Whoever started this process is gone: an instance without a platform must not live on.
process.on('disconnect', () => process.exit(0))

let handler: Handler
try {
  handler = await load()
  say({ say: 'ready' })
} catch (error) {
  say({ say: 'unloadable', error: thrown(error) })
}
process.on('message', (told: ToRuntime) => void handle(told))

async function load(): Promise<Handler> {
  const [file = '', name = ''] = handlerName.split('.')
  const path = ['.js', '.mjs', '.cjs'].map(ending => join(codeDir, file + ending)).find(existsSync)
  if (path === undefined) throw new Error(`Cannot find module '${join(codeDir, file)}'`)
  const module: Record<string, unknown> = await import(pathToFileURL(path).href)
  const found = module[name] ?? (module.default as Record<string, unknown> | undefined)?.[name]
  if (typeof found !== 'function') throw new Error(`Handler '${name}' is missing on module '${file}'`)
  return found as Handler
}

async function handle({ event, context, now }: ToRuntime): Promise<void> {
  tellTime(now)
  try {
    say({ say: 'returned', body: bytesOf(await handler(Buffer.from(event), context)) })
  } catch (error) {
    say({ say: 'threw', error: thrown(error) })
  }
}

function say(what: FromRuntime): void {
  process.stdout.write(`${mark}\n`)
  process.stderr.write(`${mark}\n`)
  process.send?.(what)
}

/** A buffer travels as it is, a string as its bytes, anything else as JSON. */
function bytesOf(returned: unknown): Uint8Array {
  if (returned instanceof Uint8Array) return returned
  return Buffer.from(typeof returned === 'string' ? returned : (JSON.stringify(returned) ?? ''))
}

function thrown(error: unknown): Thrown {
  if (!(error instanceof Error)) return { errorMessage: String(error), errorType: typeof error, stackTrace: [] }
  const stackTrace = (error.stack ?? '').split('\n').slice(1)
  return { errorMessage: error.message, errorType: error.name, stackTrace: stackTrace.map(line => line.trim()) }
}
