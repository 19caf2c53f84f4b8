import { type Certificate, day, type Instance, instanceOf, serial } from '../../local/model/rds.ts'
import type { Dice } from './dice.ts'
import { drawBehaviour } from './draw-service.ts'
import { keyCanary } from './oracle/words.ts'
import type { Life } from './scenario.ts'

const minute = 60_000

const regions = ['cn-hangzhou', 'ap-southeast-1'] as const
const vpcOf = { 'cn-hangzhou': 'vpc-1', 'ap-southeast-1': 'vpc-2' } as const

export function drawFleet(dice: Dice, { now, brief, days, renewBefore, badDay }: Life): Instance[] {
  const size = badDay
    ? { refused: 4, 'without an end': 3 }[badDay]
    : brief
      ? dice.weighted({ 1: 72, 2: 25, 3: 3 })
      : dice.weighted({ 1: 35, 2: 35, 3: 20, 4: 7, 5: 3 })
  const instances: Instance[] = []
  const window = () => (brief && dice.chance(0.85) ? soonOpen(dice, now) : drawWindow(dice))
  const shared = badDay ? soonOpen(dice, now, 480) : dice.chance(0.6) ? window() : undefined
  for (let n = 0; n < Number(size); n++) {
    const master = dice.chance(0.35) ? instances.find(one => one.type === 'Primary' && one.engine !== 'MariaDB') : undefined
    const engine = master?.engine ?? dice.weighted({ MySQL: 45, SQLServer: 30, PostgreSQL: 22, MariaDB: 3 })
    const region = (master?.region as (typeof regions)[number] | undefined) ?? dice.pick(regions)
    const id = `${engine === 'PostgreSQL' ? 'pgm' : 'rm'}-${n}`
    const host = `${id}.rds.aliyuncs.com`
    const ends = dice.weighted({ soon: brief ? 75 : 70, expired: 5, far: brief ? 1 : 5, edge: 20 })
    const dueIn = {
      soon: brief ? -dice.next() * 2 : dice.next() * Math.min(days, 3) * 0.5,
      expired: -renewBefore - dice.next() * 3,
      far: 60 + dice.next() * 100,
      edge: -renewBefore + 0.3 + dice.next() * 3,
    }[ends]
    const certificate: Certificate = {
      serial: serial(dice.next),
      name: host,
      notBefore: Math.floor((now - 300 * day) / 1000) * 1000,
      notAfter: Math.floor((now + (renewBefore + dueIn) * day) / 1000) * 1000,
      by: dice.chance(0.07) ? 'foreign' : 'apsaradb',
    }
    const off = engine === 'MariaDB' || dice.chance(0.04)
    const postgres = engine === 'PostgreSQL'
    const clientCa = postgres && dice.chance(0.5)
    instances.push(
      instanceOf({
        id,
        engine,
        ...(engine === 'MySQL' ? { engineVersion: dice.chance(0.3) ? '8.0' : '5.7' } : {}),
        region,
        vpcId: vpcOf[region],
        endpoints: [
          { connectionString: host, port: 3306, ipType: 'Private', ipAddress: '172.16.0.10', type: 'Normal' },
          { connectionString: `pub-${host}`, port: 3306, ipType: 'Public', ipAddress: '47.0.0.1', type: 'Normal' },
        ],
        ...(master ? { type: 'Readonly', masterId: master.id } : {}),
        maintainTime: shared ?? window(),
        tags: { env: dice.chance(0.4) ? 'dev' : 'prod', ...(dice.chance(0.7) ? { app: dice.pick(['shop', 'ledger']) } : {}) },
        behaviour: drawBehaviour(dice, badDay === 'without an end'),
        ssl: {
          ...(off ? {} : { certificate }),
          ...(engine === 'SQLServer'
            ? { forceEncryption: dice.pick(['0', '1'] as const), tlsVersion: dice.pick(['1.0', '1.2'] as const) }
            : {}),
          ...(postgres ? { serverKey: keyCanary } : {}),
          ...(clientCa
            ? { clientCaCert: 'PEM', acl: 'verify-ca', replicationAcl: 'cert', ...(dice.chance(0.5) ? { clientCrl: 'CRL' } : {}) }
            : {}),
        },
      }),
    )
  }
  return instances
}

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}Z`

/** One that opens within hours: a life is brief, and most of what can go wrong goes wrong around the call. */
function soonOpen(dice: Dice, now: number, long?: number): string {
  const start = (Math.floor((now % day) / minute) + dice.between(0, 16) * 30) % 1440
  // Forty minutes hold a restart and its margin, and no moment to call.
  const length = long ?? (dice.chance(0.04) ? 40 : dice.pick([60, 120, 240, 480] as const))
  return `${clock(start)}-${clock((start + length) % 1440)}`
}

export function drawWindow(dice: Dice): string {
  if (dice.chance(0.01)) return '02:00Z-02:20Z'
  const start = dice.between(0, 47) * 30
  return `${clock(start)}-${clock((start + dice.pick([60, 60, 120, 240, 480] as const)) % 1440)}`
}
