// One process of bench/cold.ts, as bare as node itself: what it has of its own would be measured, too.
const [mode, ...rest] = process.argv.slice(2)

let told = false

/** Milliseconds since the process began and of its CPU, and its peak memory in KB; said once, with `more`. */
function tell(more) {
  if (told) return
  told = true
  const ms = performance.now()
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  process.stdout.write(JSON.stringify({ ...more, ms, cpu: (userCPUTime + systemCPUTime) / 1000, kb: maxRSS }), () => process.exit(0))
}

if (mode === 'load') await import(rest[0])
if (mode === 'import') await Promise.all(rest.map(name => import(name)))
if (mode === 'call') {
  const { handler } = await import(rest[0])
  const { subscribe } = await import('node:diagnostics_channel')
  subscribe('net.client.socket', () => tell())
  await handler(Buffer.from(rest[1], 'base64'), { requestId: 'bench' })
  process.exit(1)
} else if (mode === 'reply') {
  const { handler } = await import(rest[0])
  const ready = performance.now()
  const { statusCode } = JSON.parse(await handler(Buffer.from(rest[1], 'base64'), { requestId: 'bench' }))
  if (statusCode !== 200) process.exit(1)
  tell({ ready })
} else {
  tell()
}
