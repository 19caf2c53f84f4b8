import { acceptBundle, type BundleSeen, bundleAccepted, bundleSeen, objectionTo, seeBundle } from '../shared/operations/bundles.ts'
import { accessOf } from './access.ts'
import { memberLines } from './bundle-diff.ts'
import { type Command, cloudOptions, dryRun, type Given, type Outcome } from './command.ts'
import { confirm } from './confirm.ts'
import { deploymentAt } from './deployment.ts'
import { exit } from './exit.ts'
import { whoAmI } from './identity.ts'
import { placeFor } from './renewal-place.ts'
import { renewalPorts } from './renewal-ports.ts'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'
import { moment } from './times.ts'

export const accept: Command = {
  usage: 'bundle accept VERSION [ID…]',
  about: 'let a trust bundle be published that was refused because a root changed, or because instances would no longer verify',
  words: [1, 5001],
  options: {
    ...cloudOptions,
    ...dryRun,
    yes: 'do not ask',
    'journal=PLACE': 'deployment, or a folder of rds-tls renew; unless told, the deployment’s where there is one, else ~/.rds-tls',
  },
  more: [
    'VERSION is the one of the notice: 12 digits of its SHA-256 or more. ID names each instance that would no longer verify.',
    'It lets just this version replace just the published one. A refusal after it, of another bundle or for more instances, needs a word of its own.',
    'Compare the fingerprints of the roots with what Alibaba Cloud announced, and with the file that the console offers: rds-tls bundle diff.',
  ],
  run: runAccept,
}

type Waiting = NonNullable<BundleSeen['waits']>

/** The deployment's journal, or a folder's: how to look and to act there. */
type Office = {
  seen: BundleSeen
  act(version: string, harms: string[]): Promise<string>
}

async function runAccept(given: Given, at: Terminal): Promise<Outcome> {
  const [version = '', ...harms] = given.words
  if (!/^[0-9a-f]{12,64}$/.test(version))
    throw new Stop('Usage', `${version}: give 12 to 64 digits of the bundle’s SHA-256, as the notice has them`)
  const { seen, act } = await officeFor(given, at)
  const waits = demand(seen, version, harms)
  const shown = shownOf(waits, seen, at)
  if (given.flag('dry-run')) return { exit: exit.fine, lines: [...shown, '', 'would accept it'], json: { ...seen, dryRun: true } }
  await confirm(
    {
      shown: [...shown, ''],
      question: 'Type accept where every fingerprint is the announced one: ',
      expected: 'accept',
      said: given.flag('yes') ? 'accept' : undefined,
      option: '--yes',
    },
    at,
  )
  const by = await act(waits.version, harms)
  const lines = [
    `${at.paint.good('accepted')} ${waits.version.slice(0, 12)}, by ${by}`,
    'The next night publishes it; until then applications keep the bundle they have, and nothing restarts.',
  ]
  return { exit: exit.fine, lines, json: { accepted: waits.version, harms, by } }
}

/** @throws Stop No, where nothing can be accepted so */
function demand({ waits, published }: BundleSeen, version: string, harms: readonly string[]): Waiting {
  if (!waits) {
    const is = published ? `${published.version.slice(0, 12)} is published, and its source holds no other` : 'none is published yet'
    throw new Stop('No', `no bundle waits for a word: ${is}`)
  }
  if (!waits.version.startsWith(version))
    throw new Stop('No', `the bundle that waits for a word is ${waits.version.slice(0, 12)}: look at the notice again`)
  const no = objectionTo({ version: waits.version, harmed: waits.harmed }, waits.acceptedBy, { version: waits.version, harms })
  if (no && !no.ok) throw new Stop('No', no.sentence)
  return waits
}

function shownOf({ version, at: since, rootsAdded, rootsRemoved, harmed }: Waiting, { published }: BundleSeen, at: Terminal): string[] {
  const { paint, zone } = at
  return [
    `Bundle ${paint.strong(version.slice(0, 12))} waits since ${moment(since, zone)}; ${published?.version.slice(0, 12)} is published.`,
    ...rootsRemoved.flatMap(one => memberLines(paint.bad('-'), { ...one, selfIssued: true }, at)),
    ...rootsAdded.flatMap(one => memberLines(paint.good('+'), { ...one, selfIssued: true }, at)),
    ...(harmed.length === 0 ? [] : [paint.bad(`Would no longer verify: ${harmed.join(', ')}`)]),
  ]
}

async function officeFor(given: Given, at: Terminal): Promise<Office> {
  const access = await accessOf(given, at)
  const { account, identity } = await whoAmI(access, at.now())
  const place = await placeFor(given, account, at)
  if (place.kind === 'deployment') {
    const deployment = await deploymentAt(given, at)
    return {
      seen: await deployment.look({ do: 'bundle' }, bundleSeen),
      act: async (version, harms) => (await deployment.act({ do: 'accept bundle', version, harms }, bundleAccepted)).by,
    }
  }
  const ports = await renewalPorts(access, account, place, at)
  return {
    seen: await seeBundle(ports),
    async act(version, harms) {
      const answer = await acceptBundle({ do: 'accept bundle', version, harms }, identity, ports)
      if (!answer.ok) throw new Stop('No', answer.sentence)
      return identity
    },
  }
}
