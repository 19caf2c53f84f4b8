import { sourceAt } from '../shared/adapters/source.ts'
import { realTiming } from '../shared/adapters/timing.ts'
import { day } from '../shared/domain/duration.ts'
import type { Engine } from '../shared/domain/instance.ts'
import { endpointHosts } from '../shared/endpoint-hosts.ts'
import { Fault } from '../shared/errors.ts'
import type { Certificate } from '../shared/formats/certificate.ts'
import { storePassword } from '../shared/formats/jks.ts'
import { type Handshake, shake, type Target } from '../shared/handshake/handshake.ts'
import { acceptedVersions } from '../shared/handshake/oldtls.ts'
import { verifyChain } from '../shared/handshake/verify.ts'
import { archiveUrl, localEnv } from './access.ts'
import { readBundle } from './certificates.ts'
import type { Command, Given, Outcome } from './command.ts'
import { exit } from './exit.ts'
import { factsOf, judge, linesOf } from './handshake-verdict.ts'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'

export const handshake: Command = {
  usage: 'handshake HOST:PORT',
  about: 'what an endpoint serves, and whether its clients trust it; needs no account: a monitoring check as it is',
  words: [1, 1],
  options: {
    'engine=NAME': 'mysql, postgresql or sqlserver; unless told, by the port or the host’s name',
    'ca=FILE': 'the bundle that judges: pem, p7b, jks, p12 or zip; unless told, Alibaba Cloud’s own, downloaded now',
    'password=WORD': `of a jks or p12 file; ${storePassword} unless told`,
    'address=IP:PORT': 'reach it there; HOST is still the name that must be in the certificate',
    'warn-days=N': 'expiring means so many days before the end; 30 unless told',
    'timeout=SECONDS': '10 unless told',
    versions: 'also which TLS versions it accepts; each refusal counts as a broken connection on MySQL',
    local: 'an endpoint of the embedded cloud that npm start brings up',
  },
  more: ['Exit status: 0 fine, 1 expiring, 2 untrusted or expired, 3 not reached.'],
  run: runHandshake,
}

async function runHandshake(given: Given, at: Terminal): Promise<Outcome> {
  const env = given.flag('local') ? await localEnv(at.env) : at.env
  const target = await targetOf(given, env)
  const warn = given.number('warn-days', [0, 3650], 30) * day
  at.progress(`a handshake with ${target.host}:${target.port} …`)
  const { bundle, from, missing } = await bundleFor(given, env)
  const seen = await shake(target)
  if (!seen.reached) return unreached(target, seen)
  const chain = seen.chain
  const verdict =
    bundle &&
    verifyChain(
      chain,
      bundle.map(one => one.der),
      target.host,
      at.now(),
    )
  const versions = given.flag('versions') ? await acceptedVersions(target) : undefined
  const facts = factsOf(target, seen, bundle && { from, count: bundle.length }, versions)
  const judged = judge(facts, verdict, missing, at.now(), warn)
  return { exit: judged.exit, lines: linesOf(facts, judged, at), json: { ...facts, ...judged.json } }
}

function unreached(target: Target, { failure }: Extract<Handshake, { reached: false }>): Outcome {
  const at = `${target.host}:${target.port}`
  const json = { endpoint: at, verdict: 'unreached', code: failure.code, detail: failure.sentence, mend: failure.mend }
  return { exit: exit.unknown, lines: [`${at}  not reached: ${failure.code}`, '', `  ${failure.sentence}`, `  ${failure.mend}`], json }
}

async function bundleFor(given: Given, env: Terminal['env']): Promise<{ bundle?: Certificate[]; from: string; missing: string }> {
  const file = given.text('ca')
  const password = given.text('password') ?? storePassword
  if (file !== undefined) return { bundle: (await readBundle(file, password)).certificates, from: file, missing: '' }
  const from = 'Alibaba Cloud’s CA archive, downloaded now'
  try {
    const fetched = await sourceAt(env.CA_BUNDLE_URL || archiveUrl, realTiming, fetch).fetch()
    return { bundle: [...fetched], from, missing: '' }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { from, missing: `${error.message}: name a bundle with --ca FILE` }
  }
}

async function targetOf(given: Given, env: Terminal['env']): Promise<Target> {
  const [, host = '', portText = ''] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(given.word(0)) ?? []
  if (host === '') throw new Stop('Usage', `${given.word(0)}: give HOST:PORT, like rm-bp1x.mysql.rds.aliyuncs.com:3306`)
  const port = Number(portText)
  const timeoutMs = given.number('timeout', [1, 600], 10) * 1000
  const known = (await endpointHosts(env.ENDPOINT_HOSTS)).get(host)
  const address = addressOf(given.text('address')) ?? known
  return { engine: engineOf(given.text('engine'), host, port), host, port, timeoutMs, ...(address ? { address } : {}) }
}

function addressOf(text: string | undefined): { ip: string; port?: number } | undefined {
  if (text === undefined) return undefined
  const [, ip = text, port] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(text) ?? []
  return port === undefined ? { ip } : { ip, port: Number(port) }
}

const engines: Readonly<Record<string, Engine>> = {
  mysql: 'MySQL',
  postgresql: 'PostgreSQL',
  postgres: 'PostgreSQL',
  pg: 'PostgreSQL',
  sqlserver: 'SQLServer',
  mssql: 'SQLServer',
}
const ports: Readonly<Record<number, Engine>> = { 3306: 'MySQL', 5432: 'PostgreSQL', 1433: 'SQLServer', 3433: 'SQLServer' }

/** The service writes the engine into an endpoint's name: `rm-bp1x.sqlserver.rds.aliyuncs.com`. */
function engineOf(told: string | undefined, host: string, port: number): Engine {
  const label = host.toLowerCase().split('.')[1]
  const engine = told === undefined ? (engines[label ?? ''] ?? ports[port]) : engines[told.toLowerCase().replace(/[\s_-]/g, '')]
  if (engine) return engine
  if (told !== undefined) throw new Stop('Usage', `--engine ${told}: known are mysql, postgresql and sqlserver`)
  throw new Stop('Usage', `neither the name nor the port of ${host}:${port} tells its engine: say --engine mysql, postgresql or sqlserver`)
}
