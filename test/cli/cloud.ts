import { vi } from 'vitest'
import { accountId } from '../../local/deployment.ts'
import type { Call, Meddler, Verdict } from '../../local/meddler.ts'
import { seedFleet } from '../../local/model/fleet.ts'
import { RdsWorld, seededRandom } from '../../local/model/rds.ts'
import { type Principal, principalsOf } from '../../local/principals.ts'
import { startRds } from '../../local/rds/server.ts'
import { startSts } from '../../local/sts/server.ts'
import { RoleSessions } from '../../local/sts/sessions.ts'

export const li: Principal = { name: 'user/li.wei', accountId, accessKeyId: 'LTAI5tLiWeiLiWeiLiWei', accessKeySecret: 'TheSecretOfLiWei' }
export const chen: Principal = {
  name: 'user/chen.yu',
  accountId,
  accessKeyId: 'LTAI5tChenYuChenYu01',
  accessKeySecret: 'TheSecretOfChenYu',
}

export type SmallCloud = Awaited<ReturnType<typeof startSmallCloud>>

/** What befalls a call before its effect; undefined lets it pass. */
export type Fate = (call: Call) => Exclude<Verdict, { do: 'pass' }> | undefined

/** A refusal in the gateway's own words. */
export const forbidden = (
  code = 'Forbidden.RAM',
  message = 'User not authorized to operate on the specified resource.',
): Exclude<Verdict, { do: 'pass' }> => ({
  do: 'answer',
  status: 403,
  contentType: 'application/json',
  body: JSON.stringify({ RequestId: 'R-1', HostId: 'rds.aliyuncs.com', Code: code, Message: message }),
})

/** The services of an account in this process, all at the same standing time: what SDKs sign with is told, too. */
export async function startSmallCloud({ now, only }: { now: string; only?: readonly string[] }) {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(now) })
  const clock = { now: () => Date.now() }
  let fate: Fate = () => undefined
  const meddler: Meddler = (call, phase) => (phase === 'before' && fate(call)) || { do: 'pass' }
  const sessions = new RoleSessions(principalsOf([li, chen]))
  const fleet = seedFleet(new Date(now))
  const instances = fleet.instances.filter(one => only?.includes(one.description) ?? true)
  const world = new RdsWorld({ now: Date.now(), random: seededRandom(1), instances, accountId })
  const common = { meddler, clock }
  const [rds, sts] = await Promise.all([startRds({ world, principals: sessions, ...common }), startSts({ sessions, ...common })])
  const host = ({ url }: { url: string }) => url.slice('http://'.length)
  const env = {
    RDS_ENDPOINT: host(rds),
    RDS_PROTOCOL: 'http',
    RDS_RATE: '60000',
    STS_ENDPOINT: host(sts),
    STS_PROTOCOL: 'http',
  }
  return {
    world,
    env,
    as: ({ accessKeyId, accessKeySecret }: Principal) => ({
      ...env,
      ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
    }),
    idOf: (name: string) => instances.find(one => one.description === name)?.id ?? name,
    meddle: (next: Fate) => {
      fate = next
    },
    async close() {
      await Promise.all([rds, sts].map(one => one.close()))
      vi.useRealTimers()
    },
  }
}
