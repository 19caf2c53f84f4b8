import { answer, missing, refuse } from './errors.ts'
import { dbType, type Instance, instant } from './instance.ts'
import { numbered, whole } from './paging.ts'
import { isRefused, type Operation, type Params, type State } from './state.ts'
import type { Task } from './tasks.ts'

export const describeActiveOperationTasks: Operation = (state, params) => {
  const all = (name: string) => params[name] === undefined || params[name] === '' || params[name] === 'all' || params[name] === '-1'
  const flag = (name: string, value: boolean) => all(name) || params[name] === (value ? '1' : '0')
  const found = state.tasks.filter(task => {
    const one = state.instances.get(task.instance)
    return (
      one !== undefined &&
      (all('Region') || params.Region === one.region) &&
      (all('InsName') || params.InsName === one.id) &&
      (all('DbType') || params.DbType === dbType[one.engine]) &&
      (all('TaskType') || params.TaskType === task.type) &&
      (all('ChangeLevel') || params.ChangeLevel === task.level) &&
      (all('Status') || params.Status === String(task.status)) &&
      flag('AllowChange', task.allowChange) &&
      flag('AllowCancel', task.allowCancel)
    )
  })
  const page = numbered(found, params, 25)
  if (isRefused(page)) return page
  const items = page.items.map(task => item(task, state.instances.get(task.instance)))
  return answer({ Items: items, PageNumber: page.pageNumber, PageSize: page.pageSize, TotalRecordCount: page.total })
}

/** Moves the switch time, not past the deadline; ImmediateStart=1 switches once the preparation is over. */
export const modifyActiveOperationTasks: Operation = (state, params) => {
  const tasks = pending(state, params)
  if ('do' in tasks) return tasks
  const immediate = whole(params.ImmediateStart, 0)
  if (immediate !== 0 && immediate !== 1) return refuse('Parameters.Invalid', 'ImmediateStart must be 0 or 1.')
  if (!immediate && !params.SwitchTime) return missing('SwitchTime')
  const wanted = immediate ? state.now : Date.parse(params.SwitchTime ?? '')
  if (Number.isNaN(wanted)) return refuse('InvalidSwitchTime', 'SwitchTime must be like 2026-05-10T00:00:00Z.')
  if (tasks.some(task => !task.allowChange)) return refuse('TaskNotAllowed', 'AllowChange of a task is 0.')
  if (tasks.some(task => wanted < state.now || wanted > task.deadline))
    return refuse('InvalidSwitchTime', 'SwitchTime must be from now to Deadline.')
  for (const task of tasks) {
    task.switchAt = immediate ? state.now + task.prepareMs : wanted
    task.modifiedAt = state.now
    state.agenda.enter(task.switchAt, { kind: 'switch', task, switchAt: task.switchAt })
  }
  return answer({ Ids: tasks.map(task => task.id).join(',') })
}

/** Refused where AllowCancel is 0, where a task is not pending, and from its start time on, as the reference says. */
export const cancelActiveOperationTasks: Operation = (state, params) => {
  const tasks = pending(state, params)
  if ('do' in tasks) return tasks
  if (tasks.some(task => !task.allowCancel)) return refuse('TaskNotAllowed', 'AllowCancel of a task is 0.')
  if (tasks.some(task => state.now > task.switchAt - task.prepareMs)) return refuse('TaskNotAllowed', 'StartTime of a task is past.')
  for (const task of tasks) Object.assign(task, { status: 7, modifiedAt: state.now, result: 'userCancel' })
  return answer({ Ids: tasks.map(task => task.id).join(',') })
}

function pending(state: State, params: Params) {
  if (!params.Ids) return missing('Ids')
  const ids = params.Ids.split(',').map(id => id.trim())
  const tasks = state.tasks.filter(task => ids.includes(String(task.id)) && task.status === 3)
  return tasks.length === ids.length ? tasks : refuse('InvalidTaskId')
}

function item(task: Task, one: Instance | undefined): Record<string, unknown> {
  return {
    Id: task.id,
    Status: task.status,
    InsName: task.instance,
    InsComment: one?.description ?? '',
    Region: one?.region ?? '',
    CurrentAVZ: one?.zoneId ?? '',
    DbType: one ? dbType[one.engine] : '',
    DbVersion: one?.engineVersion ?? '',
    TaskType: task.type,
    TaskTypeEn: task.en,
    TaskTypeZh: task.zh,
    ChangeLevel: task.level,
    ChangeLevelEn: task.level === 'S0' ? 'Exception fixing' : 'System maintenance',
    ChangeLevelZh: task.level === 'S0' ? '异常修复' : '系统运维',
    Impact: 'TransientDisconnection',
    ImpactEn: 'Transient instance disconnection',
    ImpactZh: '实例闪断',
    CreatedTime: instant(task.createdAt),
    ModifiedTime: instant(task.modifiedAt),
    StartTime: instant(task.switchAt - task.prepareMs),
    SwitchTime: instant(task.switchAt),
    Deadline: instant(task.deadline),
    PrepareInterval: new Date(task.prepareMs).toISOString().slice(11, 19),
    AllowChange: task.allowChange ? '1' : '0',
    AllowCancel: task.allowCancel ? '1' : '0',
    ResultInfo: task.result,
    SubInsNames: [],
    TaskParams: '{}',
  }
}
