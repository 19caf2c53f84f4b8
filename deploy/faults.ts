import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import type { Deployment } from './deployment.ts'
import { environmentFaults, fileFaults, flowFaults, sourceOf, trapFaults } from './function-faults.ts'
import { reachFaults } from './reach-faults.ts'
import { schemaFaults } from './schema-faults.ts'
import { stackFaults } from './stack-faults.ts'

/** Where the tool keeps a component that it has loaded once, and with it the component's schema. */
const schemaOf = (component: string): string => join(homedir(), '.s/components/devsapp.cn/v3', component, 'dist/schema.json')

export type Checked = { faults: string[] /** What could not be checked here, each with how it can be. */; unchecked: string[] }

/** Everything that is known to go wrong with a deployment, found without an account. */
export async function checkDeployment(root: string, deployment: Deployment, schema = schemaOf('fc3@0.1.22')): Promise<Checked> {
  const { functions } = deployment
  const files = (await readdir(join(root, 'functions'))).filter(file => file.endsWith('.ts'))
  const texts = await Promise.all(
    files.map(async file => [basename(file, '.ts'), sourceOf(await readFile(join(root, 'functions', file), 'utf8'))] as const),
  )
  const sources = new Map(texts)
  const policy = await readFile(join(root, 'policy.yaml'), 'utf8')
  const json = await readFile(schema, 'utf8').catch(() => undefined)
  return {
    faults: [
      ...flowFaults(functions),
      ...fileFaults(functions, sources.keys()),
      ...trapFaults(functions),
      ...environmentFaults(functions, sources),
      ...stackFaults(deployment),
      ...reachFaults(functions, policy),
      ...(json === undefined ? [] : schemaFaults(functions, json)),
    ],
    unchecked: json === undefined ? ["the functions by the component's own schema: the first deploy from this machine loads it"] : [],
  }
}
