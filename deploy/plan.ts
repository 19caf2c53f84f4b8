import type { Deployment, FunctionResource, Trigger } from './deployment.ts'
import { queueReadBy } from './function-faults.ts'
import type { Bucket, Role } from './stack.ts'

/** What a deployment would make, as text that differs only where the deployment does: for people, and for a diff between two of them. */
export function planOf({ region, stack, functions }: Deployment, account: string): string {
  const lines = [
    `Deployment of rds-tls-renewal to ${region}`,
    '',
    `Stack ${stack.name} (s.resources.yaml)`,
    ...stack.queues.map(
      ({ Properties: of }) =>
        `  queue     ${of.QueueName}: hides a message for ${of.VisibilityTimeout} s, keeps it for ${of.MessageRetentionPeriod / 86_400} days`,
    ),
    ...stack.buckets.map(one => `  bucket    ${bucketLine(one)}`),
    ...stack.logStores.map(one => `  log store ${one}`),
    ...stack.roles.flatMap(roleLines),
    '',
    'Functions (s.yaml)',
    ...functions.flatMap(functionLines),
  ]
  return `${lines.join('\n').replaceAll(account, '{account}')}\n`
}

function bucketLine({ Properties: of, DeletionPolicy }: Bucket): string {
  const said = [
    of.AccessControl,
    `encrypted (${of.ServerSideEncryptionConfiguration.SSEAlgorithm})`,
    of.VersioningConfiguration ? `versioning ${of.VersioningConfiguration.Status}` : 'unversioned',
    ...(DeletionPolicy === 'Retain' ? ['kept when the stack is removed'] : []),
  ]
  return `${of.BucketName}: ${said.join(', ')}`
}

function roleLines({ name, statements }: Role): string[] {
  const said = statements.map(({ Effect, Action, Resource, Condition }) => {
    const when = Condition === undefined ? '' : ` where ${JSON.stringify(Condition)}`
    return `              ${Effect.toLowerCase().padEnd(6)}${Action.join(', ')} on ${Resource.join(', ')}${when}`
  })
  return [`  role      ${name}`, ...said]
}

function functionLines(one: FunctionResource): string[] {
  const { functionName, code, memorySize, cpu, timeout, role, vpcConfig, triggers = [], environmentVariables: env = {} } = one.props
  const where = vpcConfig === undefined ? [] : [`in ${vpcConfig.vpcId}`]
  const said = [
    code,
    `${memorySize} MB`,
    `${cpu} cores`,
    `${timeout} s`,
    role === undefined ? 'no role' : `role ${role.split('/').at(-1)}`,
    ...where,
  ]
  return [
    `  ${functionName}: ${said.join(', ')}`,
    ...triggers.map(trigger => `      ${triggerLine(one, trigger)}`),
    ...Object.entries(env).map(([name, value]) => `      ${name}=${value}`),
  ]
}

function triggerLine(one: FunctionResource, { triggerName, triggerType, triggerConfig }: Trigger): string {
  switch (triggerType) {
    case 'timer':
      return `timer ${triggerName}: ${triggerConfig.cronExpression} ${triggerConfig.payload}`
    case 'eventbridge':
      return `queue ${queueReadBy(one).join(', ')}`
    case 'http':
      return `HTTP ${[triggerConfig.methods].flat().join(', ')}, ${triggerConfig.authType}`
    default:
      return `${triggerType} ${triggerName}`
  }
}
