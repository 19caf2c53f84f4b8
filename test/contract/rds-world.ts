import { type Certificate, type InstanceSeed, instanceOf, type RdsOptions, RdsWorld, seededRandom } from '../../local/model/rds.ts'
import { startRds } from '../../local/rds/server.ts'
import { limiter, rdsRate } from '../../shared/adapters/limiter.ts'
import { loadClient } from '../../shared/adapters/rds/client.ts'
import { rdsOver } from '../../shared/adapters/rds/rds.ts'
import type { Timing } from '../../shared/adapters/timing.ts'
import type { Credentials } from '../../shared/config.ts'
import { atOnce, clock, credentials, principals, toldMeddler } from './cloud.ts'

export const leafUntil = (notAfter: string): Certificate => ({
  serial: '1A000000000000000000000000000001',
  name: '*.rds.aliyuncs.com',
  notBefore: Date.parse('2025-12-01T03:12:45Z'),
  notAfter: Date.parse(notAfter),
  by: 'apsaradb',
})

/** An embedded RDS with these instances, and the adapter over it that production uses. Changes show at once and are over after a minute. */
export async function startRdsWorld(instances: readonly InstanceSeed[], options: Partial<RdsOptions> = {}, timing: Timing = atOnce) {
  const told = toldMeddler()
  const world = new RdsWorld({
    now: Date.now(),
    random: seededRandom(1),
    instances: instances.map(instanceOf),
    behaviour: { visibilityLagMs: 0, restartMs: 60_000, effectDelayMs: 60_000 },
    ...options,
  })
  const serving = await startRds({ world, principals, meddler: told.meddler, clock })
  const at = (port: number, who: Credentials, perMinute: number) => {
    const config = { endpoint: `127.0.0.1:${port}`, protocol: 'http', perMinute, regions: undefined } as const
    return loadClient(config, who)
  }
  const as = async (who: Credentials = credentials, perMinute = 60_000, port = serving.port) => {
    const client = await at(port, who, perMinute)
    const home = 'cn-hangzhou'
    return rdsOver({ ...client, limiter: limiter(rdsRate(perMinute), timing), timing, home, regions: undefined })
  }
  return { ...told, world, as, rds: await as(), endpoint: `127.0.0.1:${serving.port}`, close: serving.close }
}
