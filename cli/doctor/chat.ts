import { Fault } from '../../shared/errors.ts'
import { cardSeen, chatTried } from '../../shared/operations/checkup.ts'
import type { Deployment } from '../deployment.ts'
import { Stop } from '../stop.ts'
import type { Terminal } from '../terminal.ts'
import { bad, type Finding, fine, unseen } from './finding.ts'

const patience = 60_000
const every = 2_000

/** Sends a test card to every channel, and waits until each has been posted. */
export async function checkChat(deployment: Deployment, at: Terminal): Promise<Finding[]> {
  try {
    const { result } = await deployment.act({ do: 'try chat' }, chatTried)
    const until = at.now().getTime() + patience
    const left = new Map(result.cards.map(one => [one.card, new Set(one.channels)]))
    const claimed = new Set<string>()
    while (at.now().getTime() < until && [...left.values()].some(channels => channels.size > 0)) {
      at.progress('waiting for the test cards …')
      for (const [card, channels] of left) {
        const { channels: seen } = await deployment.look({ do: 'test card', card, channels: [...channels] }, cardSeen)
        for (const one of seen) {
          if (one.posted) channels.delete(one.channel)
          else if (one.claimed) claimed.add(one.channel)
        }
      }
      if ([...left.values()].some(channels => channels.size > 0)) await at.sleep(every)
    }
    const silent = [...new Set([...left.values()].flatMap(channels => [...channels]))]
    const all = [...new Set(result.cards.flatMap(one => one.channels))]
    if (silent.length === 0) return [fine('chat', `a test card reached ${all.join(', ')}`)]
    return [failed(silent, claimed)]
  } catch (error) {
    if (!(error instanceof Stop) && !(error instanceof Fault)) throw error
    return [unseen('chat', 'ChatUntried', error.message)]
  }
}

function failed(silent: readonly string[], claimed: ReadonlySet<string>): Finding {
  const tried = silent.filter(one => claimed.has(one))
  const sentence =
    tried.length > 0
      ? `notify took the test card and could not post it to ${tried.join(', ')}: its webhook, its secret or its channel is wrong`
      : `no test card reached ${silent.join(', ')} within a minute: notify did not even take it`
  return bad('chat', tried.length > 0 ? 'WebhookFails' : 'NotifySilent', sentence, [
    '# each channel of policy.yaml is an entry of channels in the secrets object, with its webhook and secret',
    'rds-tls dead-letters list',
    '# the log of rds-tls-notify has the code',
  ])
}
