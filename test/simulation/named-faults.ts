import { readFault } from '../../local/model/fault-text.ts'
import { type FaultKind, Faults, isOfQueues, type Fault as Named, skewOf as skewOfAll } from '../../local/model/faults.ts'
import { type EventType, eventTypes } from '../../shared/events.ts'
import { consumerOf, queueOf } from '../../shared/flow.ts'
import { Dice } from './dice.ts'
import type { Process, Trouble } from './world/process.ts'

/** The functions whose clocks a fault may name. */
const functions = [
  'check-expiry',
  'request-approval',
  'answer-approval',
  'update-validity',
  'publish-bundle',
  'prove-renewal',
  'notify',
  'operate',
]

/** Reads `rds:modify:hang-after:2`, as `npm start -- --fault` does. Throws an Error that says what is wrong with one. */
export function readFaults(texts: readonly string[]): Named[] {
  return texts.map(text => {
    const read = readFault(text, functions)
    if (typeof read === 'string') throw new Error(read)
    return read
  })
}

/** What a named fault makes of a call: trouble, or lateness in ms; `keepsOldLeaf`: the instance goes on serving what it serves. */
export type Befallen = { trouble?: Trouble; late?: number; keepsOldLeaf?: true }

/** Named faults of one life, over the calls of the ports: each port's call is one request of the service that it stands for. */
export class NamedFaults {
  readonly #faults: readonly Named[]
  readonly #calls: Faults
  readonly #queues: Faults

  constructor(faults: readonly Named[], seed: number) {
    this.#faults = faults
    const { next } = new Dice(seed)
    this.#calls = new Faults(
      faults.filter(one => !isOfQueues(one)),
      next,
    )
    this.#queues = new Faults(faults.filter(isOfQueues), next)
  }

  call({ renewal }: Process, point: string, about: readonly string[]): Befallen | undefined {
    const callee = calleeOf(point)
    if (this.#faults.length === 0 || callee === undefined) return undefined
    const kind = this.#calls.at({ ...callee, about: [...about, ...(renewal ? [renewal] : [])] })
    return kind && befallen(kind)
  }

  /** What befalls a message on its way into its queue; `key` begins with its event's type. */
  message(key: string): { lost: boolean; late: number; copies: readonly number[] } | undefined {
    const type = eventTypes.find(one => key.startsWith(`${one}-`))
    if (this.#faults.length === 0 || type === undefined) return undefined
    const kind = this.#queues.at({ service: 'mns', action: 'SendMessage', about: [queueOf(consumerOf[type satisfies EventType])] })
    switch (kind?.kind) {
      case 'loss':
        return { lost: true, late: 0, copies: [] }
      case 'duplicate':
        return { lost: false, late: 0, copies: [0] }
      case 'delay':
        return { lost: false, late: kind.ms, copies: [] }
      case 'reorder':
        return { lost: false, late: 3000, copies: [] }
      default:
        return undefined
    }
  }

  skew(step: string): number {
    return skewOfAll(this.#faults, step)
  }

  hits(): { text: string; hits: number }[] {
    return [...this.#calls.hits(), ...this.#queues.hits()]
  }
}

function befallen(kind: FaultKind): Befallen {
  switch (kind.kind) {
    case 'hang':
      return { trouble: `hang-up ${kind.when}` }
    case 'html':
    case 'empty':
      return { trouble: `HTML ${kind.when}` }
    case '5xx':
    case 'kill':
      return { trouble: `${kind.kind} ${kind.when}` }
    case 'throttle':
      return { trouble: 'throttled' }
    case 'delay':
      return { late: kind.ms }
    case 'keeps-old-leaf':
      return { keepsOldLeaf: true }
    case 'duplicate':
    case 'reorder':
    case 'loss':
    case 'clock-skew':
      return {}
  }
}

/** The first request of a port's call that matters: a walk reads many entries, and fails by one. */
function calleeOf(point: string): { service: 'rds' | 'mns' | 'oss' | 'fc' | 'chat'; action: string } | undefined {
  if (/^[A-Z]/.test(point)) return { service: 'rds', action: point }
  const [port = '', method = ''] = point.split('.')
  if (port === 'queue') return { service: 'mns', action: 'SendMessage' }
  if (port === 'probes') return { service: 'fc', action: 'InvokeFunction' }
  if (port === 'chat') return { service: 'chat', action: 'RobotSend' }
  if (port !== 'journal' && port !== 'bundles') return undefined
  if (/^(append|remind|publish|checked$|writeProof)/.test(method)) return { service: 'oss', action: 'PutObject' }
  if (method === 'forget') return { service: 'oss', action: 'DeleteObject' }
  return { service: 'oss', action: method === 'due' || method === 'proofs' ? 'ListObjectsV2' : 'GetObject' }
}
