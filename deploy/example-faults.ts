import type { FunctionResource } from './deployment.ts'

/** What still stands as it was delivered: fine for the embedded cloud, which it describes, and nothing that an account has. */
export function exampleFaults(all: readonly FunctionResource[]): string[] {
  return all.flatMap(({ name, props: { vpcConfig } }) =>
    vpcConfig === undefined || /^vpc-[a-z0-9]{16,}$/.test(vpcConfig.vpcId)
      ? []
      : [
          `${name} stands in ${vpcConfig.vpcId}, which is an example: give the ids of a VPC of yours under vars in s.yaml, or take ${name} out of it`,
        ],
  )
}
