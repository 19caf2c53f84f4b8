import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { readDeployment } from '../../deploy/deployment.ts'
import { exampleFaults } from '../../deploy/example-faults.ts'
import { checkDeployment } from '../../deploy/faults.ts'
import { planOf } from '../../deploy/plan.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const account = '1000000000000000'

test('the plan names every function, trigger, queue, bucket and right, the same for every account', async () => {
  const plan = planOf(await readDeployment(root, account), account)
  expect(planOf(await readDeployment(root, '2000000000000000'), '2000000000000000')).toBe(plan)
  await expect(plan).toMatchFileSnapshot('golden/plan.txt')
})

test('npm run deploy -- --plan needs no account and calls nothing: it ends well and says what was not checked', async () => {
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['node_modules/tsx/dist/cli.mjs', 'deploy/main.ts', '--plan'], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: join(root, 'test/deploy') },
  })
  expect(stdout).toContain(planOf(await readDeployment(root, account), account))
  expect(stdout).toContain("Not checked: the functions by the component's own schema: the first deploy from this machine loads it.")
  expect(stdout).toContain('To set before a deployment: probe-vpc-1 stands in vpc-1, which is an example')
})

test('a deployment has no known fault, and its VPCs are examples until they are set', async () => {
  const deployment = await readDeployment(root, account)
  expect((await checkDeployment(root, deployment, 'nowhere')).faults).toEqual([])
  expect(exampleFaults(deployment.functions).map(fault => fault.split(',')[0])).toEqual([
    'probe-vpc-1 stands in vpc-1',
    'probe-vpc-2 stands in vpc-2',
  ])
  const own = deployment.functions.map(one => ({
    ...one,
    props: { ...one.props, vpcConfig: { vpcId: 'vpc-bp1aevy8sofi8mh1q1234', vSwitchIds: ['vsw-x'], securityGroupId: 'sg-x' } },
  }))
  expect(exampleFaults(own)).toEqual([])
})

test("where the component's schema is, it is asked: a function that breaks it is a fault", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'schema-'))
  const schema = join(folder, 'schema.json')
  const demanding = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: {},
    required: ['colour'],
    definitions: {},
  }
  await writeFile(schema, JSON.stringify(demanding))
  const { faults, unchecked } = await checkDeployment(root, await readDeployment(root, account), schema)
  await rm(folder, { recursive: true })
  expect(unchecked).toEqual([])
  expect(faults).toContain("notify must have required property 'colour'")
})
