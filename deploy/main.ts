/** npm run deploy [-- --plan] [-- --access ALIAS]: checks, builds and deploys by Serverless Devs; --plan shows what would be there, without an account. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundleAll } from '../build/bundle.ts'
import { readDeployment } from './deployment.ts'
import { exampleFaults } from './example-faults.ts'
import { checkDeployment } from './faults.ts'
import { planOf } from './plan.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Stands for the account's number: a plan is the same for every account. */
const account = '1000000000000000'

const { values } = parseArgs({ options: { plan: { type: 'boolean', default: false }, access: { type: 'string', short: 'a' } } })
const deployment = await readDeployment(root, account)
const { faults, unchecked } = await checkDeployment(root, deployment)
const examples = exampleFaults(deployment.functions)

if (values.plan) {
  process.stdout.write(`${planOf(deployment, account)}\n`)
  process.stdout.write('Checked without an account; nothing was called. The official parser has read both files.\n')
  for (const one of unchecked) process.stdout.write(`Not checked: ${one}.\n`)
  for (const one of examples) process.stdout.write(`To set before a deployment: ${one}.\n`)
} else {
  faults.push(...examples)
}
for (const fault of faults) process.stderr.write(`FAULT  ${fault}\n`)
if (faults.length > 0) process.exit(1)
if (values.plan) process.exit(0)

run('npm', ['run', '--silent', 'check'])
await bundleAll()
// The stack first: a function's role and queue must be there when the function comes. Both can be run again: what has not changed stays.
const access = values.access === undefined ? [] : ['--access', values.access]
for (const file of ['s.resources.yaml', 's.yaml']) run('npx', ['s', 'deploy', '-t', file, '-y', ...access])
process.stdout.write('Deployed. A new deployment only observes. Next: npx rds-tls doctor\n')

function run(command: string, args: readonly string[]) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status === 0) return
  process.stderr.write(
    `${command} ${args.join(' ')} failed: nothing after it was done, and running npm run deploy again goes on from here\n`,
  )
  process.exit(1)
}
