import { deadLetters } from '../shared/flow.ts'
import type { Deployment, FunctionResource } from './deployment.ts'
import { queueReadBy } from './function-faults.ts'

const week = 604_800

/** Where the stack and the functions do not fit each other, and what the product cannot live without. */
export function stackFaults({ functions, stack, region }: Deployment): string[] {
  return [
    ...(stack.region === region
      ? []
      : [`the stack is in ${stack.region}, the functions are in ${region}: a queue and its function share a region`]),
    ...queueFaults(functions, stack.queues),
    ...bucketFaults(functions, stack.buckets),
    ...roleFaults(functions, stack.roles),
    ...logFaults(functions, stack.logStores),
  ]
}

function queueFaults(functions: readonly FunctionResource[], queues: Deployment['stack']['queues']): string[] {
  const made = queues.map(one => one.Properties.QueueName)
  const wanted = [...functions.flatMap(queueReadBy), deadLetters]
  const longest = Math.max(...functions.map(({ props }) => props.timeout ?? 3))
  return [
    ...differences(made, wanted, 'queue'),
    ...queues.flatMap(({ Properties: { QueueName, VisibilityTimeout, MessageRetentionPeriod } }) => [
      ...(VisibilityTimeout >= 2 * longest && VisibilityTimeout >= 600
        ? []
        : [`${QueueName} hides a message for ${VisibilityTimeout} s: at least 600 s, and twice the longest time-out`]),
      ...(MessageRetentionPeriod === week ? [] : [`${QueueName} keeps a message for ${MessageRetentionPeriod} s: a week is ${week} s`]),
    ]),
  ]
}

function bucketFaults(functions: readonly FunctionResource[], buckets: Deployment['stack']['buckets']): string[] {
  const named = (variable: string) => functions.flatMap(({ props }) => props.environmentVariables?.[variable] ?? [])
  const [journals, bundles] = [named('JOURNAL_BUCKET'), named('BUNDLE_BUCKET')]
  return [
    ...differences(
      buckets.map(one => one.Properties.BucketName),
      [...journals, ...bundles],
      'bucket',
    ),
    ...buckets.flatMap(({ Properties, DeletionPolicy }) => [
      ...(DeletionPolicy === 'Retain' ? [] : [`${Properties.BucketName} would go with the stack: DeletionPolicy must be Retain`]),
      ...(journals.includes(Properties.BucketName) ? journalFaults(Properties) : []),
    ]),
  ]
}

function journalFaults(of: Deployment['stack']['buckets'][number]['Properties']): string[] {
  return [
    ...(of.VersioningConfiguration ? [`${of.BucketName} has versioning: OSS then overwrites what must be written only once`] : []),
    ...(of.AccessControl === 'private' && of.BlockPublicAccess ? [] : [`${of.BucketName} holds the journal, and is not private`]),
  ]
}

function roleFaults(functions: readonly FunctionResource[], roles: Deployment['stack']['roles']): string[] {
  const wanted = functions.flatMap(({ props }) => props.role?.split(':role/').at(-1) ?? [])
  const neverOff = 'rds:SSLEnabled'
  return [
    ...differences(
      roles.map(one => one.name),
      wanted,
      'role',
    ),
    ...roles
      .filter(({ statements }) => statements.some(one => one.Action.some(action => action.startsWith('rds:'))))
      .filter(({ statements }) => !statements.some(one => one.Effect === 'Deny' && JSON.stringify(one.Condition ?? {}).includes(neverOff)))
      .map(({ name }) => `${name} calls RDS and lacks the Deny on ${neverOff}=0`),
  ]
}

function logFaults(functions: readonly FunctionResource[], stores: readonly string[]): string[] {
  return functions.flatMap(({ name, props }) => {
    const { project, logstore } = (props.logConfig ?? {}) as { project?: string; logstore?: string }
    return stores.includes(`${project}/${logstore}`) ? [] : [`${name} logs to ${project}/${logstore}, which the stack does not make`]
  })
}

function differences(made: readonly string[], wanted: readonly string[], what: string): string[] {
  return [
    ...made.filter(name => !wanted.includes(name)).map(name => `the ${what} ${name} is used by no function`),
    ...[...new Set(wanted)].filter(name => !made.includes(name)).map(name => `the ${what} ${name} is not in the stack`),
    ...made.filter((name, at) => made.indexOf(name) !== at).map(name => `the ${what} ${name} is made twice`),
  ]
}
