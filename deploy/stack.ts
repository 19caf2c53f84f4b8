import { readSteps } from '../local/fc/spec.ts'
import * as z from '../shared/schema.ts'

const statement = z.strictObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.array(z.string().check(z.regex(/^[a-z]+:\w+$/, 'must be one action, like oss:GetObject: no pattern'))).check(z.minLength(1)),
  Resource: z.array(z.string()).check(z.minLength(1)),
  Condition: z.optional(z.record(z.string(), z.record(z.string(), z.array(z.string())))),
})
export type Statement = z.infer<typeof statement>

const common = {
  DependsOn: z.optional(z.string()),
  Condition: z.optional(z.string()),
  DeletionPolicy: z.optional(z.enum(['Delete', 'Retain'])),
}
const encryption = z.strictObject({ SSEAlgorithm: z.enum(['AES256', 'KMS']), KMSMasterKeyID: z.optional(z.string()) })

/** The types in use and their properties, as the reference of ROS names them and bounds their values. */
const resource = z.discriminatedUnion('Type', [
  z.strictObject({
    Type: z.literal('ALIYUN::MNS::Queue'),
    ...common,
    Properties: z.strictObject({
      QueueName: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,255}$/)),
      VisibilityTimeout: z.int().check(z.minimum(1), z.maximum(43_200)),
      MessageRetentionPeriod: z.int().check(z.minimum(60), z.maximum(604_800)),
    }),
  }),
  z.strictObject({
    Type: z.literal('ALIYUN::OSS::Bucket'),
    ...common,
    Properties: z.strictObject({
      BucketName: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/)),
      AccessControl: z.enum(['private', 'public-read', 'public-read-write']),
      BlockPublicAccess: z.boolean(),
      ServerSideEncryptionConfiguration: encryption,
      VersioningConfiguration: z.optional(z.strictObject({ Status: z.enum(['Enabled', 'Suspended']) })),
    }),
  }),
  z.strictObject({
    Type: z.literal('ALIYUN::RAM::Role'),
    ...common,
    Properties: z.strictObject({
      RoleName: z.string().check(z.regex(/^[A-Za-z0-9.-]{1,64}$/)),
      AssumeRolePolicyDocument: z.strictObject({
        Version: z.literal('1'),
        Statement: z.tuple([
          z.strictObject({
            Effect: z.literal('Allow'),
            Action: z.literal('sts:AssumeRole'),
            Principal: z.strictObject({ Service: z.tuple([z.literal('fc.aliyuncs.com')]) }),
          }),
        ]),
      }),
      Policies: z.tuple([
        z.strictObject({
          PolicyName: z.string().check(z.regex(/^[A-Za-z0-9-]{1,128}$/)),
          PolicyDocument: z.strictObject({ Version: z.literal('1'), Statement: z.array(statement).check(z.minLength(1)) }),
        }),
      ]),
    }),
  }),
  z.strictObject({
    Type: z.literal('ALIYUN::SLS::Project'),
    ...common,
    Properties: z.strictObject({
      Name: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/)),
      Description: z.string().check(z.maxLength(64)),
    }),
  }),
  z.strictObject({
    Type: z.literal('ALIYUN::SLS::Logstore'),
    ...common,
    Properties: z.strictObject({
      ProjectName: z.string(),
      LogstoreName: z.string().check(z.regex(/^[a-z0-9][a-z0-9_-]{1,34}[a-z0-9]$/)),
      TTL: z.int().check(z.minimum(1), z.maximum(3600)),
      ShardCount: z.int().check(z.minimum(1), z.maximum(100)),
    }),
  }),
  z.strictObject({
    Type: z.literal('ALIYUN::SLS::Index'),
    ...common,
    Properties: z.strictObject({
      ProjectName: z.string(),
      LogstoreName: z.string(),
      FullTextIndex: z.strictObject({ Enable: z.boolean() }),
    }),
  }),
])

const template = z.strictObject({
  ROSTemplateFormatVersion: z.literal('2015-09-01'),
  Description: z.string(),
  Conditions: z.record(z.string(), z.unknown()),
  Resources: z.record(z.string().check(z.regex(/^\w+$/)), resource),
  Outputs: z.record(z.string(), z.strictObject({ Value: z.string() })),
})
const props = z.strictObject({ region: z.string(), name: z.string(), template })

export type Resource = z.infer<typeof resource>
export type Queue = Extract<Resource, { Type: 'ALIYUN::MNS::Queue' }>
export type Bucket = Extract<Resource, { Type: 'ALIYUN::OSS::Bucket' }>
export type Role = { name: string; statements: readonly Statement[] }
export type Stack = { name: string; region: string; queues: Queue[]; buckets: Bucket[]; roles: Role[]; logStores: string[] }

/** The stack of an s.resources.yaml. Throws Error, naming each field that is wrong. */
export async function readStack(path: string, accountId: string): Promise<Stack> {
  const steps = (await readSteps(path, { accountId })).filter(({ component }) => /^ros(@|$)/.test(component))
  const [step] = steps
  if (step === undefined || steps.length > 1)
    throw new Error(`${path}: one resource of the component ros must be in it, and ${steps.length} are`)
  const read = props.safeParse(step.props)
  if (!read.success) throw new Error(`${path}: ${z.prettifyError(read.error)}`)
  const { name, region, template } = read.data
  const of = Object.values(template.Resources)
  return {
    name,
    region,
    queues: of.filter(one => one.Type === 'ALIYUN::MNS::Queue'),
    buckets: of.filter(one => one.Type === 'ALIYUN::OSS::Bucket'),
    roles: of
      .filter(one => one.Type === 'ALIYUN::RAM::Role')
      .map(({ Properties: { RoleName, Policies } }) => ({ name: RoleName, statements: Policies[0].PolicyDocument.Statement })),
    logStores: of
      .filter(one => one.Type === 'ALIYUN::SLS::Logstore')
      .map(one => `${one.Properties.ProjectName}/${one.Properties.LogstoreName}`),
  }
}
