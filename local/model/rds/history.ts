import { answer, missing, refuse } from './errors.ts'
import { day, dbType, instant } from './instance.ts'
import { numbered } from './paging.ts'
import { isRefused, type Operation, type Params } from './state.ts'

/** At most 30 days back; 10 to 100 a page. */
export const describeHistoryTasks: Operation = (state, params) => {
  if (!params.FromStartTime) return missing('FromStartTime')
  if (!params.ToStartTime) return missing('ToStartTime')
  const from = Math.max(Date.parse(params.FromStartTime), state.now - 30 * day)
  const to = Date.parse(params.ToStartTime)
  if (Number.isNaN(from) || Number.isNaN(to))
    return refuse('Parameters.Invalid', 'FromStartTime and ToStartTime must be like 2026-05-10T00:00:00Z.')
  const chosen = (name: keyof Params & string, value: string) => !params[name] || (params[name] ?? '').split(',').includes(value)
  const found = state.history.flatMap(task => {
    const one = state.instances.get(task.instance)
    const wanted =
      one !== undefined &&
      task.startAt >= from &&
      task.startAt <= to &&
      (!params.RegionId || params.RegionId === one.region) &&
      (!params.ResourceGroupId || params.ResourceGroupId === one.resourceGroupId) &&
      chosen('InstanceId', task.instance) &&
      chosen('Status', task.status) &&
      chosen('TaskType', task.type) &&
      chosen('TaskId', task.id)
    return wanted ? [{ task, one }] : []
  })
  const page = numbered(found, params, 10, 10)
  if (isRefused(page)) return page
  const items = page.items.map(({ task, one }) => ({
    TaskId: task.id,
    TaskType: task.type,
    InstanceId: task.instance,
    InstanceName: one.description,
    InstanceType: 'Instance',
    RegionId: one.region,
    DbType: dbType[one.engine],
    Product: 'rds',
    Status: task.status,
    StartTime: instant(task.startAt),
    EndTime: task.endAt === undefined ? '' : instant(task.endAt),
    Progress: task.endAt === undefined ? 50 : 100,
    RemainTime: 0,
    CurrentStepName: task.endAt === undefined ? 'exec_task' : '',
    CallerSource: task.callerSource,
    CallerUid: task.callerUid,
    Uid: state.accountId,
    ReasonCode: '',
    TaskDetail: '{}',
    ActionInfo: '{}',
  }))
  return answer({ Items: items, PageNumber: page.pageNumber, PageSize: page.pageSize, TotalCount: page.total })
}
