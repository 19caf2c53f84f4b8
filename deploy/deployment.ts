import { join } from 'node:path'
import { readSteps } from '../local/fc/spec.ts'
import { readStack, type Stack } from './stack.ts'

export type Trigger = { triggerName: string; triggerType: string; triggerConfig: Record<string, unknown> }

/** What s.yaml says of a function; its own schema is checked apart (schema.ts). */
export type Props = Record<string, unknown> & {
  functionName: string
  code: string
  role?: string
  timeout?: number
  memorySize?: number
  cpu?: number
  vpcConfig?: { vpcId: string; vSwitchIds: string[]; securityGroupId: string }
  triggers?: Trigger[]
  environmentVariables?: Record<string, string>
}
export type FunctionResource = { name: string; component: string; props: Props }

export type Deployment = { region: string; functions: FunctionResource[]; stack: Stack }

/** Both files as the official parser resolves them, for the account with this number. Throws FcError BadSpec. */
export async function readDeployment(root: string, accountId: string): Promise<Deployment> {
  const functions = await readFunctions(join(root, 's.yaml'), accountId)
  const stack = await readStack(join(root, 's.resources.yaml'), accountId)
  return { region: String(functions[0]?.props.region ?? ''), functions, stack }
}

/** The functions of an s.yaml; resources of other components (a custom domain) are the component's own affair. */
export async function readFunctions(path: string, accountId: string): Promise<FunctionResource[]> {
  const steps = await readSteps(path, { accountId })
  return steps
    .filter(({ component }) => /^fc3(@|$)/.test(component))
    .map(({ projectName, component, props }) => ({ name: projectName, component, props: props as Props }))
}
