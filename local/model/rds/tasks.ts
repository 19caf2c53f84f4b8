import type { Instance } from './instance.ts'
import type { State } from './state.ts'

/** One of Alibaba's own scheduled operations. Status: 3 pending, 4 running, 5 completed, 6 failed, 7 cancelled. Instants in ms. */
export type Task = {
  readonly id: number
  readonly instance: string
  readonly type: string
  readonly en: string
  readonly zh: string
  readonly level: 'S0' | 'S1'
  readonly createdAt: number
  readonly prepareMs: number
  readonly deadline: number
  readonly allowChange: boolean
  readonly allowCancel: boolean
  /** Whether it renews the certificate, or only interrupts. */
  readonly renews: boolean
  status: 3 | 4 | 5 | 6 | 7
  switchAt: number
  modifiedAt: number
  result: string
}

export type TaskSeed = Pick<Task, 'instance' | 'switchAt'> & Partial<Task>

/** Alibaba renews by itself: `aheadMs` before the expiry a task runs, announced `noticeMs` earlier. */
export type VendorHabit = {
  aheadMs: number
  noticeMs: number
  /** From the switch time to the deadline. */
  slackMs: number
} & Pick<Task, 'level' | 'allowChange' | 'allowCancel'>

/** The type's name is undocumented for RDS; Tair's is `rds_apsaradb_ssl_update`. Match /ssl/i in all three names. */
export function addTask(state: State, seed: TaskSeed): Task {
  const task: Task = {
    id: 18_800_000 + state.tasks.length + 1,
    type: 'rds_apsaradb_ssl_update',
    en: 'SSL certificate update',
    zh: 'SSL证书更新',
    level: 'S0',
    createdAt: state.now,
    modifiedAt: state.now,
    prepareMs: 600_000,
    deadline: seed.switchAt,
    allowChange: false,
    allowCancel: false,
    renews: true,
    status: 3,
    result: '',
    ...seed,
  }
  state.tasks.push(task)
  if (task.status === 3) state.agenda.enter(task.switchAt, { kind: 'switch', task, switchAt: task.switchAt })
  return task
}

export function completeSslTasks(state: State, instance: string, id: number | undefined): void {
  for (const task of state.tasks) {
    const meant = id === undefined ? task.instance === instance && task.renews && task.status === 3 : task.id === id
    if (meant)
      Object.assign(task, { status: 5, modifiedAt: state.now, result: id === undefined ? 'certificate already updated' : 'success' })
  }
}

/** Enters the moment at which Alibaba will announce a renewal of the present certificate. */
export function planVendorTask(state: State, { id, ssl }: Instance): void {
  const certificate = ssl.certificate
  if (state.vendor === undefined || certificate?.by !== 'apsaradb') return
  const at = certificate.notAfter - state.vendor.aheadMs - state.vendor.noticeMs
  state.agenda.enter(Math.max(at, state.now), { kind: 'announce', instance: id, serial: certificate.serial })
}
