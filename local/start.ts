/** npm start: the whole chain on one machine. Builds the functions, brings the embedded cloud up, lets a day begin, shows what becomes of it. */
import { fileURLToPath } from 'node:url'
import { bundleAll } from '../build/bundle.ts'
import { audit, sentenceOf } from '../test/auditor.ts'
import { backed, readArguments, usage } from './arguments.ts'
import { startCloud } from './cloud.ts'
import { liveADay } from './day.ts'
import { accountId } from './deployment.ts'
import { readSpec } from './fc/spec.ts'
import { handOver, pushPolicy } from './hand-over.ts'
import { Progress } from './progress.ts'
import { packages, programFor } from './real-servers/programs.ts'
import { rowsOf, tableOf } from './report.ts'
import { beside, scenarios } from './scenarios.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const spec = await readSpec(at('../s.yaml'), { accountId })
const args = readArguments(
  process.argv.slice(2),
  spec.functions.map(one => one.name),
)
if (typeof args === 'string') {
  process.stderr.write(`${args}\n\n${usage}`)
  process.exit(2)
}
if (args.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const { json, exit, kill, faults, seed, scenarios: played, real, behaviour } = args
for (const engine of real ? (['MySQL', 'PostgreSQL'] as const) : []) {
  if (programFor(engine) !== undefined) continue
  process.stderr.write(`--real: there is no server to stand behind ${engine}: install ${packages[engine]}\n`)
  process.exit(2)
}
const began = Date.now()
/** A run that has not come to its end by then is stuck, and says so. */
const atMost = 150_000

const out = json ? process.stderr : process.stdout
const say = (sentence: string) => out.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${sentence}\n`)

const built = await bundleAll({ quiet: true })
say(`built ${built.length} functions into dist/ (${built.filter(one => one.built).length} anew)`)
const progress = new Progress(say)
const cloud = await startCloud({
  spec,
  policyFile: at('policy.yaml'),
  ...(kill ? { kill } : {}),
  ...(played.length > 0 ? { only: beside(played) } : {}),
  scenarios: played,
  faults,
  seed,
  ...(real ? { real: backed } : {}),
  behaviour,
  onLine: line => progress.take(line),
  onDelivery: one => one.end !== 'returned' && say(`${one.function}: ${one.end}${one.error ? `: ${one.error}` : ''}; then ${one.next}`),
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cloud.close().then(() => process.exit(130)))

handOver(cloud.env())
say(`the embedded cloud is up: ${cloud.world.instances().length} instances`)
say(`  chat inbox   ${cloud.urls.inbox}/`)
say(`  bundle       ${cloud.urls.bundle}`)
say(`  world        ${cloud.urls.control}/world    (tsx test/auditor.ts ${cloud.urls.control} judges it)`)
say('  rds-tls      npm run rds-tls -- status --local    (in a second terminal; every other command, too)')

for (const name of played) say(`scenario ${name}: ${scenarios[name].says}`)
const patience = exit || json ? atMost : undefined
const first = await liveADay({
  cloud,
  progress,
  pushPolicy: () => pushPolicy(at('policy.yaml'), say),
  approveAll: args.approveAll,
  patience,
  say,
})
cloud.calm()
const rows = await rowsOf(cloud, progress.standings(), first)
const findings = await audit(cloud.urls.control)
const seconds = (Date.now() - began) / 1000
if (json) process.stdout.write(`${JSON.stringify({ seconds, rows, findings, urls: cloud.urls }, null, 2)}\n`)
else process.stdout.write(`\n${tableOf(rows)}\n\n`)
for (const { text, hits } of cloud.faultHits()) say(`fault ${text}: hit ${hits} ${hits === 1 ? 'call' : 'calls'}`)
for (const finding of findings) say(`auditor: ${sentenceOf(finding)}`)
const unfinished = progress.standings().filter(({ over }) => over === false)
for (const one of unfinished) say(`unfinished: ${one.instance}: ${one.word}`)
if (findings.length === 0) say('auditor: every update took effect once, is really served, and its proof and bundle are published')

if (exit) {
  await cloud.close()
  process.exit(findings.length + unfinished.length === 0 ? 0 : 1)
}
say('the servers stay up until Ctrl-C')
