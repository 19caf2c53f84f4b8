import { behaviourOf } from './behaviour.ts'
import type { Instance } from './instance.ts'
import type { State } from './state.ts'
import { addTask, type Task } from './tasks.ts'
import { schedule } from './timeline.ts'

/** The time to announce a renewal has come; void when the certificate is another by now, or its renewal is announced already. */
export function announceVendorTask(state: State, { id, ssl: { certificate } }: Instance, serial: string): void {
  if (state.vendor === undefined || certificate?.serial !== serial) return
  if (state.tasks.some(task => task.instance === id && task.renews && task.status === 3)) return
  const { aheadMs, noticeMs, slackMs, ...rest } = state.vendor
  const switchAt = Math.max(certificate.notAfter - aheadMs, state.now + noticeMs)
  addTask(state, { instance: id, switchAt, deadline: switchAt + slackMs, ...rest })
}

/** The switch time has come. A task that was moved or cancelled meanwhile has other entries, or none. */
export function runTask(state: State, instance: Instance, task: Task, switchAt: number): void {
  if (task.status !== 3 || task.switchAt !== switchAt) return
  task.status = 4
  task.modifiedAt = state.now
  const behaviour = { ...behaviourOf(state.behaviour, instance), outcome: 'renewed' as const }
  const by = { cause: 'vendor', by: 'apsaradb', request: `task ${task.id}` } as const
  if (task.renews && instance.ssl.enabled) {
    const calm = { kind: 'update', reset: [], replacedCustom: instance.ssl.certificate?.by === 'foreign', movedFrom: undefined } as const
    schedule(state, instance, behaviour, { what: 'instance', ssl: instance.ssl, task: task.id, ...by, ...calm })
    return
  }
  const until = state.now + 30_000
  state.restarts.push({ instance: instance.id, what: 'instance', at: state.now, until, ...by })
  instance.down = true
  state.agenda.enter(until, { kind: 'back', task })
}
