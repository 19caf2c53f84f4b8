import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedFleet } from '../../local/model/fleet.ts'
import { RdsWorld, seededRandom } from '../../local/model/rds.ts'
import { type Principal, principalsOf } from '../../local/principals.ts'
import { startRds } from '../../local/rds/server.ts'
import type { Serving } from '../../local/serve.ts'
import { startSts } from '../../local/sts/server.ts'
import { RoleSessions } from '../../local/sts/sessions.ts'
import { clock, toldMeddler } from '../contract/cloud.ts'

// Where keys lie is the machine's matter: these run the command line as a process of its own, with a home of its own, in real time.

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const accountId = '1000000000000001'
const alias: Principal = { name: 'user/of.s', accountId, accessKeyId: 'LTAI5tAliasAliasAlias', accessKeySecret: 'TheSecretOfTheAlias' }
const profile: Principal = {
  name: 'user/of.aliyun',
  accountId,
  accessKeyId: 'LTAI5tProfileProfile1',
  accessKeySecret: 'TheSecretOfTheProfile',
}

let home: string
let servers: Serving[]
let env: Record<string, string>
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rds-tls-home-'))
  const sessions = new RoleSessions(principalsOf([alias, profile]))
  const instances = seedFleet(new Date()).instances.filter(one => one.description === 'mysql57-due')
  const world = new RdsWorld({ now: Date.now(), random: seededRandom(1), instances, accountId })
  const common = { meddler: toldMeddler().meddler, clock }
  servers = await Promise.all([startRds({ world, principals: sessions, ...common }), startSts({ sessions, ...common })])
  const [rds, sts] = servers.map(({ url }) => url.slice('http://'.length))
  env = {
    RDS_ENDPOINT: rds ?? '',
    RDS_PROTOCOL: 'http',
    STS_ENDPOINT: sts ?? '',
    STS_PROTOCOL: 'http',
    HOME: home,
    ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true',
  }
  await mkdir(join(home, '.aliyun'))
  const keys = { access_key_id: profile.accessKeyId, access_key_secret: profile.accessKeySecret }
  const configuration = { current: 'work', profiles: [{ name: 'work', mode: 'AK', ...keys, region_id: 'cn-beijing' }] }
  await writeFile(join(home, '.aliyun', 'config.json'), JSON.stringify(configuration))
  // As `s config add` leaves it.
  const add = `require('@serverless-devs/core').setKnownCredential({ AccountID: '${accountId}', AccessKeyID: '${alias.accessKeyId}', AccessKeySecret: '${alias.accessKeySecret}' }, 'mine')`
  await started(process.execPath, ['-e', add])
})
afterAll(async () => {
  await Promise.all(servers.map(one => one.close()))
  await rm(home, { recursive: true })
})

function started(program: string, args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise(resolve => {
    execFile(program, args, { cwd: at('.'), env: { PATH: process.env.PATH, ...env } }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })
}
const doctor = async (...args: string[]) => {
  const { code, out, err } = await started(process.execPath, [at('bin/rds-tls.js'), 'doctor', '--json', ...args])
  const { findings = [] } = JSON.parse(out) as { findings?: { check: string; sentence: string }[] }
  return { code, err, keys: findings.find(one => one.check === 'keys')?.sentence, all: out + err }
}

test('an access alias of Serverless Devs is one login for both, and an alias that is not there is not asked for', async () => {
  const seen = await doctor('--access', 'mine')
  expect(seen.keys).toBe(`user/of.s of account ${accountId}, by the access alias mine of Serverless Devs`)
  expect(seen.all).not.toContain(alias.accessKeySecret)
  const gone = await doctor('--access', 'absent')
  expect(gone).toMatchObject({ code: 78, err: expect.stringContaining('known: mine') })
})

test('a profile of the aliyun CLI is taken by its name, and without any name by Alibaba Cloud’s own chain', async () => {
  expect((await doctor('--profile', 'work')).keys).toBe(`user/of.aliyun of account ${accountId}, by the profile work of the aliyun CLI`)
  expect((await doctor()).keys).toBe(`user/of.aliyun of account ${accountId}, by Alibaba Cloud’s credential chain`)
  expect(await doctor('--profile', 'absent')).toMatchObject({ code: 78, err: expect.stringContaining('aliyun configure list') })
})
