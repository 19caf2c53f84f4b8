import type { FaultKind, Faults } from './faults.ts'
import type { MnsModel, MnsOutcome, Sending } from './mns.ts'
import type { Random } from './rds.ts'

/** Held back for so long at most, s, where messages change their order. */
const reordered = 5

/**
 * The queues, with messages that come twice, late, out of order or never: as a sender sees it, all went well. Faults strike as a message is
 * sent; what lies in a queue is left alone.
 */
export function faultyQueues(model: MnsModel, faults: Faults, random: Random): MnsModel {
  const usualDelay = (queue: string, now: number): number => {
    const state = model.queueState(queue, now)
    return state.ok ? state.value.delaySeconds : 0
  }

  function sendBatch(queue: string, sendings: readonly Sending[], now: number): MnsOutcome<{ messageId: string }[]> {
    const fates = sendings.map(sending => ({ sending, fate: faults.at({ service: 'mns', action: 'SendMessage', about: [queue] }) }))
    const later = fates.map(({ sending, fate }) => {
      const seconds = secondsLate(fate, random)
      return seconds === 0 ? sending : { ...sending, delaySeconds: (sending.delaySeconds ?? usualDelay(queue, now)) + seconds }
    })
    const sent = model.sendBatch(queue, later, now)
    if (!sent.ok) return sent
    for (const [at, { sending, fate }] of fates.entries()) {
      if (fate?.kind === 'loss') model.lose(queue, sent.value[at]?.messageId ?? '', now)
      if (fate?.kind === 'duplicate') model.send(queue, sending, now)
    }
    return sent
  }

  function send(queue: string, sending: Sending, now: number): MnsOutcome<{ messageId: string }> {
    const sent = sendBatch(queue, [sending], now)
    if (!sent.ok) return sent
    const [only] = sent.value
    return only === undefined ? { ok: false, fault: { code: 'InvalidArgument', message: 'nothing was sent' } } : { ok: true, value: only }
  }

  return { ...model, send, sendBatch }
}

function secondsLate(fate: FaultKind | undefined, random: Random): number {
  if (fate?.kind === 'delay') return Math.ceil(fate.ms / 1000)
  return fate?.kind === 'reorder' ? 1 + Math.floor(random() * reordered) : 0
}
