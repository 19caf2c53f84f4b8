/** invoked by the command line, a person → what they asked to see or do; each act is journalled with who asked */
import { bundles } from '../shared/adapters/connect/bundles.ts'
import { connecting } from '../shared/adapters/connect/connecting.ts'
import { identities } from '../shared/adapters/connect/identities.ts'
import { journal } from '../shared/adapters/connect/journal.ts'
import { letters } from '../shared/adapters/connect/letters.ts'
import { logNames } from '../shared/adapters/connect/log-names.ts'
import { queue } from '../shared/adapters/connect/queue.ts'
import { Fault, faultsOf, unreachable } from '../shared/errors.ts'
import { line } from '../shared/line.ts'
import { type Act, isLook, type Look, type OperatorReply, operatorRequest } from '../shared/operation.ts'
import type { Answered } from '../shared/operations/answered.ts'
import { pause, resume, stopAll } from '../shared/operations/brakes.ts'
import { acceptBundle, showBundle } from '../shared/operations/bundles.ts'
import { checkUp, seeCard, tryChat } from '../shared/operations/checkup.ts'
import { tellHistory } from '../shared/operations/history.ts'
import { redrive, showLetters } from '../shared/operations/letters.ts'
import { answerPlan, lookOver, showPlan } from '../shared/operations/plans.ts'
import { pushPolicy, showPolicy } from '../shared/operations/policies.ts'
import { abandon, retry } from '../shared/operations/renewals.ts'
import { recognise } from '../shared/operator.ts'
import type { OperatorPorts } from '../shared/ports.ts'
import { unexpected } from '../shared/unexpected.ts'

const needs = ['journal', 'queue', 'bundles', 'identities', 'letters', 'logNames'] as const
type Needs = Pick<OperatorPorts, 'clock' | 'attempt' | 'settings' | (typeof needs)[number]>

/** Shows what was asked for, or does it for whom STS recognises. Whatever is not done has its reason. */
export async function operate(request: unknown, ports: Needs): Promise<OperatorReply> {
  const read = operatorRequest.safeParse(request)
  if (!read.success)
    return { ok: false, reason: 'BadRequest', sentence: `${faultsOf(read.error)}: are rds-tls and the deployment of one release?` }
  const { operation, proof } = read.data
  if (isLook(operation)) return look(operation, ports)
  const who = await recognise(operation, proof, ports)
  if (!who.known) return { ok: false, reason: who.reason, sentence: who.sentence }
  const answered = await act(operation, who.identity, ports)
  return answered.ok ? { ...answered, by: who.identity } : answered
}

function look(operation: Look, ports: Needs): Promise<Answered<unknown>> {
  switch (operation.do) {
    case 'overview':
      return lookOver(operation, ports)
    case 'plan':
      return showPlan(operation, ports)
    case 'history':
      return tellHistory(operation, ports)
    case 'policy':
      return showPolicy(ports)
    case 'letters':
      return showLetters(ports)
    case 'bundle':
      return showBundle(ports)
    case 'checkup':
      return checkUp(ports)
    case 'test card':
      return seeCard(operation, ports)
    default:
      return unreachable(operation)
  }
}

function act(operation: Act, identity: string, ports: Needs): Promise<Answered<unknown>> {
  switch (operation.do) {
    case 'answer':
      return answerPlan(operation, identity, ports)
    case 'push policy':
      return pushPolicy(operation, identity, ports)
    case 'pause':
      return pause(operation, identity, ports)
    case 'resume':
      return resume(identity, ports)
    case 'stop all':
      return stopAll(operation, identity, ports)
    case 'retry':
      return retry(operation, identity, ports)
    case 'abandon':
      return abandon(operation, identity, ports)
    case 'accept bundle':
      return acceptBundle(operation, identity, ports)
    case 'try chat':
      return tryChat(identity, ports)
    case 'redrive':
      return redrive(operation, ports)
    default:
      return unreachable(operation)
  }
}

type Connect = (of: typeof needs, attempt: string) => Promise<Needs>

/** As Function Compute invokes it. Trouble is an answer too: a person waits for it. */
export function operating(connect: Connect, say = line) {
  return async (bytes: Uint8Array, { requestId }: { requestId: string }): Promise<string> => {
    const told = { step: 'operate', attempt: requestId }
    try {
      const request = parse(bytes)
      const reply = await operate(request, await connect(needs, requestId))
      say({ level: 'info', ...told, asked: nameOf(request), ...(reply.ok ? { by: reply.by } : { reason: reply.reason }) })
      return JSON.stringify(reply)
    } catch (error) {
      const { code, message, ...more } = unexpected(error)
      say({ level: 'error', ...told, code, message, ...more })
      return JSON.stringify({ ok: false, reason: 'Failed', sentence: `${code}: ${message}` } satisfies OperatorReply)
    }
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw new Fault('BadEvent', 'operate was invoked with something that is not JSON: use rds-tls')
  }
}

/** The name of what was asked, and nothing that it holds. */
function nameOf(request: unknown): string {
  const read = operatorRequest.safeParse(request)
  return read.success ? read.data.operation.do : 'something else'
}

export const handler = operating(connecting({ bundles, identities, journal, letters, logNames, queue }))
