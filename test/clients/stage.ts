import { rm } from 'node:fs/promises'
import { owner } from '../../local/deployment.ts'
import { startFc } from '../../local/fc/fc.ts'
import { queuesOf } from '../../local/fc/queues.ts'
import { readSpec } from '../../local/fc/spec.ts'
import { untouched } from '../../local/meddler.ts'
import { startMns } from '../../local/mns/server.ts'
import { mnsModel } from '../../local/model/mns.ts'
import { ossModel } from '../../local/model/oss.ts'
import { day, type InstanceSeed, instanceOf, RdsWorld, seededRandom, serial } from '../../local/model/rds.ts'
import { startOss } from '../../local/oss/server.ts'
import { principalsOf } from '../../local/principals.ts'
import { startRds } from '../../local/rds/server.ts'
import { startSts } from '../../local/sts/server.ts'
import { RoleSessions } from '../../local/sts/sessions.ts'
import { writeDeployment } from '../local/fc/deployment.ts'
import { oddKeys, type Service } from './cases.ts'

/** A service with a fresh model, for one program of one client. */
export type Stage = {
  /** Where it is, who may sign, and what lies ready there. */
  env: Record<string, string>
  /** What the program's calls must have left behind and did not, once it has ended. */
  missing(): string[]
  close(): Promise<void>
}

type Cloud = { sessions: RoleSessions; accountId: string; common: { meddler: typeof untouched; clock: { now(): number } } }
type Part = Pick<Stage, 'missing' | 'close'> & { env: Record<string, string> }

const starters: Record<Service, (cloud: Cloud) => Promise<Part>> = {
  RDS: stageRds,
  MNS: stageMns,
  OSS: stageOss,
  STS: stageSts,
  FC: stageFc,
}

/** Starts the embedded server of `service` on 127.0.0.1. Its clock is the machine's: that is what the clients sign with. */
export async function stageOf(service: Service): Promise<Stage> {
  const user = owner()
  const sessions = new RoleSessions(principalsOf([user]))
  const clock = { now: () => Date.now() }
  const session = sessions.mint(user.accountId, 'reader', 'clients', clock.now() + 3_600_000)
  const part = await starters[service]({ sessions, accountId: user.accountId, common: { meddler: untouched, clock } })
  return {
    ...part,
    env: {
      ACCOUNT_ID: user.accountId,
      REGION: 'cn-hangzhou',
      ACCESS_KEY_ID: user.accessKeyId,
      ACCESS_KEY_SECRET: user.accessKeySecret,
      SESSION_KEY_ID: session.accessKeyId,
      SESSION_KEY_SECRET: session.accessKeySecret,
      SESSION_TOKEN: session.securityToken ?? '',
      ...part.env,
    },
  }
}

async function stageRds({ sessions, accountId, common }: Cloud): Promise<Part> {
  const now = common.clock.now()
  const random = seededRandom(1)
  const certified = (id: string, engine: 'MySQL' | 'SQLServer' | 'PostgreSQL', more: Partial<InstanceSeed> = {}) => {
    const certificate = {
      serial: serial(random),
      name: `${id}.rds.aliyuncs.com`,
      notBefore: Math.floor(now / 1000) * 1000 - 360 * day,
      notAfter: Math.floor(now / 1000) * 1000 + 5 * day,
      by: 'apsaradb' as const,
    }
    return instanceOf({ id, engine, ...more, ssl: { certificate } })
  }
  const many = Array.from({ length: 11 }, (_, at) => certified(`rm-my${String(at).padStart(2, '0')}`, 'MySQL', { engineVersion: '5.7' }))
  const instances = [...many, certified('rm-mssql', 'SQLServer'), certified('pgm-1', 'PostgreSQL', { region: 'ap-southeast-1' })]
  const task = { instance: 'rm-my03', switchAt: now + day, deadline: now + 3 * day, allowChange: true, allowCancel: true }
  // Restarting long enough to be seen by a client on a busy machine: who misses the state waits for it in vain.
  const behaviour = { visibilityLagMs: [300, 400], restartMs: [5000, 5100], effectDelayMs: [5600, 5700] } as const
  const world = new RdsWorld({ now, random, instances, tasks: [task], accountId, behaviour })
  const serving = await startRds({ world, principals: sessions, ...common })
  return {
    env: {
      RDS_ENDPOINT: `127.0.0.1:${serving.port}`,
      HANGZHOU_COUNT: '12',
      TASK_SWITCH_TIME: new Date(now + 2 * day).toISOString().replace(/\.\d+/, ''),
    },
    missing() {
      world.advance(common.clock.now())
      const updates = world.instances().filter(one => one.effectiveUpdates > 0)
      const [moved] = world.inspect().tasks
      return [
        ...(updates.length === 1 && updates[0]?.id === 'rm-mssql' && updates[0].effectiveUpdates === 1
          ? []
          : ['one effective update, of rm-mssql']),
        ...(moved !== undefined && moved.switchAt > now + day ? [] : ['a task moved']),
      ]
    },
    close: serving.close,
  }
}

async function stageMns({ sessions, common }: Cloud): Promise<Part> {
  const model = mnsModel()
  const now = common.clock.now()
  // None of these SDKs can set a dead-letter policy; the console and ROS can. So it is there before the client comes.
  model.createQueue('dead', {}, now)
  model.createQueue('poisoned', { visibilityTimeout: 1, deadLetter: { queue: 'dead', maxReceiveCount: 1 } }, now)
  const serving = await startMns({ model, principals: sessions, ...common })
  return {
    env: { MNS_ENDPOINT: serving.url },
    missing() {
      const lying = model.listQueues().names.flatMap(name => model.messages(name, common.clock.now()).map(() => name))
      return lying.length === 0 ? [] : [`empty queues: messages lie in ${lying.join(', ')}`]
    },
    close: serving.close,
  }
}

async function stageOss({ sessions, accountId, common }: Cloud): Promise<Part> {
  const model = ossModel()
  model.putBucket('clients', accountId, common.clock.now())
  const serving = await startOss({ model, principals: sessions, ...common })
  return {
    env: { OSS_ENDPOINT: serving.url, BUCKET: 'clients', ODD_KEYS: JSON.stringify(oddKeys) },
    missing() {
      const page = model.list('clients', { maxKeys: 1000 })
      const keys = new Set(page.ok ? page.value.objects.map(({ key }) => key) : [])
      return oddKeys.filter(key => !keys.has(`odd/${key}`)).map(key => `the object odd/${key}`)
    },
    close: serving.close,
  }
}

async function stageSts({ sessions, common }: Cloud): Promise<Part> {
  const serving = await startSts({ sessions, roles: ['reader'], ...common })
  return { env: { STS_ENDPOINT: `127.0.0.1:${serving.port}` }, missing: () => [], close: serving.close }
}

const echo = `
  export const handler = async (event, context) => {
    const text = event.toString()
    if (text === 'throw') throw new TypeError('no such thing')
    console.log('got ' + text)
    return { text, id: context.requestId }
  }`

async function stageFc({ sessions, accountId, common }: Cloud): Promise<Part> {
  const folder = await writeDeployment({ echo: { code: echo } })
  const lines: string[] = []
  const fc = await startFc({
    spec: await readSpec(`${folder}/s.yaml`, { accountId }),
    queues: queuesOf(mnsModel()),
    principals: sessions,
    session: fn => sessions.mint(accountId, 'fc', fn.name, common.clock.now() + 3_600_000),
    onLine: ({ text }) => void lines.push(text),
    ...common,
  })
  return {
    env: { FC_ENDPOINT: fc.url.slice('http://'.length), FUNCTION: 'echo' },
    missing: () => (lines.includes('got later') ? [] : ['an asynchronous invocation with the event "later"']),
    async close() {
      await fc.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
