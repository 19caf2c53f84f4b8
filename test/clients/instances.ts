import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAuthority } from '../../local/ca/authority.ts'
import { openEndpoints } from '../../local/database-endpoints.ts'
import { day, instanceOf, RdsWorld, seededRandom, serial } from '../../local/model/rds.ts'
import { readPem } from '../../shared/formats/pem.ts'
import { bundleNames, writeTrustBundle } from '../../shared/formats/trust.ts'
import { connectMysql2, connectPg, connectTedious, type Driver } from '../drivers.ts'

export type Engine = 'SQLServer' | 'MySQL' | 'PostgreSQL'
export type TrustFile = 'PEM' | 'JKS' | 'P12'
export type Place = { host: string; port: number }

/** One connection to be made: by which name, and with which file as the list of those to trust. */
export type Attempt = Place & { name: string; trust: string }

export type Instances = {
  at: Readonly<Record<Engine, Place>>
  /** A name that leads to this machine and that no certificate has. */
  otherName: string
  /** The published bundle, and a foreign authority's certificate in files of the same kinds. */
  files: Readonly<Record<TrustFile, { bundle: string; foreign: string }>>
  /** All names in the form of /etc/hosts. */
  hostsFile: string
  folder: string
  /** Updates the validity of every instance's certificate, and waits until each serves another that the bundle vouches for. */
  update(): Promise<void>
  close(): Promise<void>
}

const drivers: Readonly<Record<Engine, Driver>> = { SQLServer: connectTedious, MySQL: connectMysql2, PostgreSQL: connectPg }
const otherName = 'rm-other.rds.aliyuncs.com'

/** An embedded instance of each engine with a certificate that ends in five days. Real drivers verify by the machine's clock, so it goes here. */
export async function openInstances(): Promise<Instances> {
  const now = () => Date.now()
  const authority = await makeAuthority(new Date(now()), ['cn-hangzhou'])
  const random = seededRandom(1)
  const second = Math.floor(now() / 1000) * 1000
  const certified = (id: string, engine: Engine) =>
    instanceOf({
      id,
      engine,
      ssl: {
        certificate: {
          serial: serial(random),
          name: `${id}.rds.aliyuncs.com`,
          notBefore: second - 360 * day,
          notAfter: second + 5 * day,
          by: 'apsaradb',
        },
      },
    })
  const instances = [certified('rm-1', 'SQLServer'), certified('rm-2', 'MySQL'), certified('pgm-1', 'PostgreSQL')]
  const behaviour = { visibilityLagMs: 100, restartMs: 300, effectDelayMs: 500 } as const
  const world = new RdsWorld({ now: now(), random, instances, behaviour })
  const endpoints = await openEndpoints(world, authority, now)
  const folder = await mkdtemp(join(tmpdir(), 'instances-'))
  const files = await writeFiles(folder, { bundle: authority.trustPem(), foreign: authority.foreignPem() })
  const place = (id: string): Place => {
    const host = world.instance(id)?.ssl.connectionString ?? ''
    return { host, port: endpoints.hosts.get(host) ?? 0 }
  }
  const at = { SQLServer: place('rm-1'), MySQL: place('rm-2'), PostgreSQL: place('pgm-1') }
  const hostsFile = join(folder, 'hosts')
  await writeFile(hostsFile, [...Object.values(at).map(({ host }) => host), otherName].map(host => `127.0.0.1 ${host}\n`).join(''))

  async function update(): Promise<void> {
    for (const { id, engine, ssl } of world.instances()) {
      const served = async () => {
        const { host, port } = at[engine as Engine]
        const seen = await drivers[engine as Engine](host, port, authority.trustPem())
        return seen.ok ? seen.fingerprint : undefined
      }
      const before = await served()
      const request = { DBInstanceId: id, ConnectionString: ssl.connectionString, SSLEnabled: engine === 'SQLServer' ? '2' : '1' }
      const { status, body } = world.handle('ModifyDBInstanceSSL', request, { principal: 'user', requestId: id }, now())
      if (status !== 200) throw new Error(`the validity of ${id} could not be updated: ${body.Code}`)
      const end = now() + 20_000
      for (let after = await served(); after === undefined || after === before; after = await served()) {
        if (now() > end) throw new Error(`${id} does not serve another certificate`)
        await new Promise(resolve => setTimeout(resolve, 100))
      }
    }
  }

  return {
    at,
    otherName,
    files,
    hostsFile,
    folder,
    update,
    async close() {
      await endpoints.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function writeFiles(folder: string, pems: Record<'bundle' | 'foreign', string>): Promise<Instances['files']> {
  const paths = { PEM: { bundle: '', foreign: '' }, JKS: { bundle: '', foreign: '' }, P12: { bundle: '', foreign: '' } }
  for (const whose of ['bundle', 'foreign'] as const) {
    await mkdir(join(folder, whose))
    const bundle = writeTrustBundle(readPem(pems[whose]))
    for (const [kind, key] of [['PEM', 'pem'] as const, ['JKS', 'jks'] as const, ['P12', 'p12'] as const]) {
      paths[kind][whose] = join(folder, whose, bundleNames[key])
      await writeFile(paths[kind][whose], bundle[key])
    }
  }
  return paths
}
