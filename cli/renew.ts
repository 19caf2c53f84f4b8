import { publishNightly } from '../functions/publish-bundle.ts'
import { eachOf } from '../shared/adapters/concurrency.ts'
import type { Instance } from '../shared/domain/instance.ts'
import { Fault } from '../shared/errors.ts'
import { readRollout } from '../shared/logs.ts'
import { commands } from '../shared/page/commands.ts'
import { type Access, accessOf } from './access.ts'
import { type Command, cloudOptions, dryRun, type Given, type Outcome } from './command.ts'
import { confirm } from './confirm.ts'
import { exit } from './exit.ts'
import { whoAmI } from './identity.ts'
import { policyToJudgeBy } from './policy-file.ts'
import { drive, endOf } from './renewal-drive.ts'
import { placeFor } from './renewal-place.ts'
import { approveByHand, isApproved, isOver, type Wanted, wantedFor } from './renewal-plan.ts'
import { decidedBy, policyForOne, statedAlibabas } from './renewal-policy.ts'
import { type Place, type RenewalPorts, renewalPorts } from './renewal-ports.ts'
import { chanceLines, outcomeOf, wantedLines } from './renewal-words.ts'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'
import { localised, moment } from './times.ts'

export const renew: Command = {
  usage: 'renew INSTANCE',
  about: 'renew one certificate now and prove it, by the deployed steps in this one process; asks before it acts',
  words: [1, 1],
  options: {
    ...cloudOptions,
    ...dryRun,
    'yes=INSTANCE': 'say yes beforehand, by the instance’s id',
    wait: 'where its maintenance window is closed: stay until it opens',
    'certificate=aliyun': 'state that Alibaba Cloud issued the certificate, where the service does not say and no handshake can see it',
    'journal=PLACE': 'deployment, or a folder; unless told, the deployment’s where there is one, else ~/.rds-tls',
    'policy=FILE': 'the policy where none is in force: groups, concurrency and freezes count',
  },
  more: [
    'Everything is journalled as the deployment does it. Killed and run again, alone or beside the deployment, it restarts the instance once.',
    'It never calls outside of the maintenance window or into a freeze. Exit status: 0 proven, 2 refuted, 3 renewed but not proven, 4 not renewed.',
    'What it needs: what status needs, rds:ModifyDBInstanceSSL, and rds:CancelActiveOperationTasks for a task of Alibaba’s own that is left over.',
  ],
  run: runRenew,
}

async function runRenew(given: Given, at: Terminal): Promise<Outcome> {
  try {
    return await renewOne(given, at)
  } catch (error) {
    if (!(error instanceof Fault) || error.cloudCode !== 'PublicEndpointForbidden') throw error
    const inside = 'run it inside the region with OSS_ENDPOINT=https://oss-REGION-internal.aliyuncs.com'
    throw new Stop(
      'No',
      `OSS takes no data calls over its public endpoint here (PublicEndpointForbidden): ${inside}, or let the deployment renew: rds-tls plan`,
    )
  }
}

async function renewOne(given: Given, at: Terminal): Promise<Outcome> {
  const id = given.word(0)
  const access = await accessOf(given, at)
  const who = await whoAmI(access, at.now())
  const place = await placeFor(given, who.account, at)
  const { wanted, ports, n } = await gather(id, given, access, who.account, place, at)
  const over = isOver(wanted.state) ? endOf(wanted.state) : undefined
  if (over) return outcomeOf(over, wanted.item, place, at)
  const approved = await isApproved(wanted, ports)
  const shown = [...wantedLines(wanted, place, who.identity, at), ...(await chanceLines(wanted, ports, at))]
  if (given.flag('dry-run')) {
    const would = approved ? 'approved already: it would go on' : 'would ask for a yes, and then renew it'
    return { exit: exit.fine, lines: [...shown, '', would], json: { item: wanted.item, plan: wanted.plan, approved, dryRun: true } }
  }
  if (approved) for (const line of shown) at.err(line)
  else {
    const question = 'Type the instance’s id to renew it: '
    await confirm({ shown: [...shown, ''], question, expected: id, said: given.text('yes'), option: '--yes INSTANCE' }, at)
    await approveByHand(wanted, who.identity, n, ports)
  }
  if (place.kind === 'folder') await refreshBundle(wanted, ports)
  const { plan, item } = wanted
  const driven = await drive({ plan, renewal: item.renewal, ports, sleep: at.sleep, say: teller(at), waits: given.flag('wait') })
  return outcomeOf(driven, item, place, at)
}

/**
 * The bundle in the folder must be the vendor's before anything is called. What is under way already goes on to its proof.
 *
 * @throws Stop No, where a new one waits for a person's word
 */
async function refreshBundle({ item, state }: Wanted, ports: RenewalPorts): Promise<void> {
  const refreshed = await publishNightly({}, ports)
  if (refreshed.do !== 'refused' || state.updated) return
  const { state: rollout } = await readRollout(ports.journal)
  if (rollout.slots.some(one => one.renewal === item.renewal)) return
  const command = commands.acceptBundle(refreshed.waits.slice(0, 12))
  throw new Stop('No', `nothing was called: a new trust bundle waits for your word: ${refreshed.because}. Compare them, then: ${command}`)
}

/** Everything that the renewal is decided by. The ports that come back read the policy as this one command needs it. */
async function gather(id: string, given: Given, access: Access, account: string, place: Place, at: Terminal) {
  const base = await renewalPorts(access, account, place, at)
  const stated = given.text('certificate')
  if (stated !== undefined && stated !== 'aliyun')
    throw new Stop('Usage', '--certificate can only state aliyun: a certificate of your own is never renewed')
  const rds = stated === undefined ? base.rds : statedAlibabas(base.rds)
  const instance = await find(id, rds, at)
  const protection = await rds.protection(instance.region, instance.id)
  const otherwise = await policyToJudgeBy(given.text('policy'), access.local ? access.env.POLICY_FILE : undefined)
  const policy = await policyForOne(base.journal, otherwise.document, instance)
  const ports: RenewalPorts = { ...base, rds, journal: decidedBy(base.journal, policy) }
  return { wanted: await wantedFor(instance, protection, policy, ports), ports, n: policy.n }
}

/** The instance, in whatever region it is. Regions are listed: one that shares its endpoint with others would answer for theirs, too. */
async function find(id: string, rds: RenewalPorts['rds'], at: Terminal): Promise<Instance> {
  at.progress(`looking for ${id} …`)
  const regions = await rds.regions()
  let where: string | undefined
  await eachOf(regions, 6, async region => {
    let next: string | undefined
    do {
      const page = await rds.list(region, next)
      if (page.instances.some(one => one.id === id)) where = region
      next = page.next
    } while (next !== undefined && where === undefined)
  })
  const instance = where === undefined ? undefined : await rds.instance(where, id)
  if (!instance)
    throw new Stop('No', `there is no ${id} in the ${regions.length} regions of this account: rds-tls status lists its instances`)
  return instance
}

/** Tells each new sentence once; the same again is progress. */
function teller({ err, progress, now, zone }: Terminal): (sentence: string) => void {
  let last = ''
  return sentence => {
    if (sentence === last) return progress(sentence)
    last = sentence
    err(`${moment(now().toISOString(), zone)}  ${localised(sentence, zone)}`)
  }
}
