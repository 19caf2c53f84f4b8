import { eachOf } from '../../shared/adapters/concurrency.ts'
import { connecting } from '../../shared/adapters/connect/connecting.ts'
import { rds as rdsConnector } from '../../shared/adapters/connect/rds.ts'
import { iso } from '../../shared/domain/duration.ts'
import { isEngine, type Listed } from '../../shared/domain/instance.ts'
import { Fault } from '../../shared/errors.ts'
import type { Rds } from '../../shared/ports.ts'
import type { Access } from '../access.ts'
import { whoAmI } from '../identity.ts'
import type { Terminal } from '../terminal.ts'
import { bad, type Finding, fine, statement, unseen, warning } from './finding.ts'

/** What is seen with the reader's own keys: who they are, which regions answer, and which reads are permitted. */
export type AccountSeen = { findings: Finding[]; account: string | undefined; instances: Listed[] }

const connect = connecting({ rds: rdsConnector })

export async function checkAccount(access: Access, at: Terminal): Promise<AccountSeen> {
  at.progress('who the keys belong to …')
  let who: { account: string; identity: string }
  try {
    who = await whoAmI(access, at.now())
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { findings: [keysFinding(error, access)], account: undefined, instances: [] }
  }
  const keys = fine('keys', `${who.identity} of account ${who.account}, by ${access.from}`)
  const { rds } = await connect(['rds'], 'rds-tls', { ...access.env, FC_ACCOUNT_ID: who.account })
  const regions = await regionsOf(rds)
  if (regions instanceof Fault)
    return {
      findings: [keys, readFinding([{ action: 'rds:DescribeRegions', fault: regions }])],
      account: who.account,
      instances: [],
    }
  at.progress(`${regions.length} regions …`)
  const listed = await eachOf(regions, 6, async region => ({ region, list: await seen(() => listAll(rds, region)) }))
  const instances = listed.flatMap(({ list }) => ('is' in list ? list.is : []))
  const silent = listed.flatMap(({ region, list }) =>
    'fault' in list && list.fault.code !== 'Refused' ? [{ region, fault: list.fault }] : [],
  )
  const refused = listed.flatMap(({ list }) =>
    'fault' in list && list.fault.code === 'Refused' ? [{ action: 'rds:DescribeDBInstances', fault: list.fault }] : [],
  )
  const reads = await readsOf(rds, instances)
  const permissions = [...refused, ...reads]
  return {
    findings: [
      keys,
      silent.length === 0 ? fine('regions', `${regions.length} answer`) : regionsFinding(silent),
      permissions.length === 0
        ? fine(
            'permissions',
            'every read of status and renew is permitted; not tried: rds:ModifyDBInstanceSSL, rds:CancelActiveOperationTasks, which renew calls',
          )
        : readFinding(permissions),
    ],
    account: who.account,
    instances,
  }
}

async function listAll(rds: Rds, region: string): Promise<Listed[]> {
  const all: Listed[] = []
  let next: string | undefined
  do {
    const page = await rds.list(region, next)
    all.push(...page.instances)
    next = page.next
  } while (next !== undefined)
  return all
}

function keysFinding({ code, cloudCode, message }: Fault, { from }: Access): Finding {
  if (code === 'Unreachable' || code === 'BadReply')
    return unseen('keys', 'StsUnreachable', `STS did not answer: ${message}: check this machine’s network and proxy`)
  const name = cloudCode === 'InvalidTimeStamp.Expired' ? 'ClockOff' : 'BadKeys'
  return bad('keys', name, `${message} (keys by ${from})`, name === 'ClockOff' ? ['timedatectl set-ntp true'] : [])
}

async function regionsOf(rds: Rds): Promise<string[] | Fault> {
  const found = await seen(() => rds.regions())
  return 'is' in found ? found.is : found.fault
}

type Refused = { action: string; fault: Fault }

/** One instance of each engine is read in every way that any command reads it. */
async function readsOf(rds: Rds, instances: readonly Listed[]): Promise<Refused[]> {
  const samples = new Map(instances.filter(one => isEngine(one.engine)).map(one => [one.engine, one]))
  const asked = [...samples.values()].flatMap(({ region, id }) => {
    const since = iso(Date.now() - 3_600_000)
    return [
      { action: 'rds:DescribeDBInstanceAttribute', ask: () => rds.instance(region, id) },
      { action: 'rds:DescribeDBInstanceSSL', ask: () => rds.protection(region, id) },
      { action: 'rds:DescribeDBInstanceNetInfo', ask: () => rds.port(region, id, '-') },
      { action: 'rds:DescribeActiveOperationTasks', ask: () => rds.vendorTasks(region) },
      { action: 'rds:DescribeHistoryTasks', ask: () => rds.tasksSince(region, id, since) },
    ]
  })
  const answers = await eachOf(asked, 4, async ({ action, ask }) => ({ action, answer: await seen<unknown>(ask) }))
  const refused = answers.flatMap(({ action, answer }) =>
    'fault' in answer && answer.fault.code === 'Refused' ? [{ action, fault: answer.fault }] : [],
  )
  return [...new Map(refused.map(one => [one.action, one])).values()].map(one => ({
    ...one,
    action: tagsAre(one) ? 'rds:ListTagResources' : one.action,
  }))
}

/** An instance's tags are read together with its attributes. */
const tagsAre = ({ action, fault }: Refused): boolean =>
  action === 'rds:DescribeDBInstanceAttribute' && fault.message.startsWith('ListTagResources')

function readFinding(refused: readonly Refused[]): Finding {
  const actions = [...new Set(refused.map(one => one.action))]
  const code = refused[0]?.fault.cloudCode ?? 'Refused'
  const paste = [
    '# a custom policy for whoever uses rds-tls: RAM console, Permissions, Policies',
    // Reads alone, of which RAM binds some to no instance: as the roles of the deployment have them.
    ...statement(actions, ['*']),
  ]
  return bad('permissions', 'NoPermission', `${actions.join(', ')} refused (${code})`, paste)
}

function regionsFinding(silent: readonly { region: string; fault: Fault }[]): Finding {
  const names = silent.map(({ region, fault }) => `${region} (${fault.cloudCode ?? fault.code})`)
  return warning('regions', 'RegionSilent', `no answer from ${names.join(', ')}: check the network from here; the rest goes on`)
}

async function seen<T>(look: () => Promise<T>): Promise<{ is: T } | { fault: Fault }> {
  try {
    return { is: await look() }
  } catch (error) {
    if (error instanceof Fault) return { fault: error }
    throw error
  }
}
