import type * as z from '../../shared/schema.ts'

/**
 * What the embedded Function Compute may throw. `BadSpec`: s.yaml says something that it cannot run; `BadOptions`: whoever starts it left
 * something out; `Unbuilt`: a function's code folder has no bundle.
 */
export type FcErrorCode = 'BadSpec' | 'BadOptions' | 'Unbuilt'

/** Its message names the field, what is wrong and the mend. */
export class FcError extends Error {
  readonly code: FcErrorCode

  constructor(code: FcErrorCode, message: string) {
    super(message)
    this.name = 'FcError'
    this.code = code
  }
}

/** All that a schema found, each under the path of its field. */
export function faultsOf(error: z.core.$ZodError): string {
  return error.issues.map(issue => `${issue.path.join('.') || 'the whole'}: ${issue.message}`).join('; ')
}
