/**
 * What may be thrown, as a closed union. "No" is never thrown: it is a decision. `retry` says whether the same input can succeed later:
 * the host lets the queue deliver such a message again; the others go to the dead-letter queue at once, with the code.
 */
export type FaultCode =
  | 'BadEnvelope' // the platform's envelope is none of the known forms
  | 'BadEvent' // the message is no event of ours, or of a type this step does not take
  | 'BadConfig' // environment, policy or secrets; lists every fault by name
  | 'BadReply' // a cloud reply that does not have the documented shape (an HTML page, an empty body, a missing field)
  | 'BadJournal' // an entry that this version cannot read
  | 'BadArchive' // the CA archive cannot be read
  | 'Refused' // the cloud said no, and would say it again: permission, signature, parameter
  | 'Busy' // throttled, or a state that passes
  | 'Unreachable' // no answer: time-out, hang-up, closed port, 5xx
  | 'Contended' // others kept appending to the same log

const worthAnotherTry: Record<FaultCode, boolean> = {
  BadEnvelope: false,
  BadEvent: false,
  BadConfig: false,
  BadReply: true,
  BadJournal: false,
  BadArchive: true,
  Refused: false,
  Busy: true,
  Unreachable: true,
  Contended: true,
}

/** The one exception of this code base. Its message names the field, the problem and the mend, and never holds a secret. */
export class Fault extends Error {
  readonly code: FaultCode
  readonly retry: boolean
  /** The cloud's own code (`Throttling.User`, `NoSuchKey`), where there is one. */
  readonly cloudCode: string | undefined

  constructor(code: FaultCode, message: string, more: { cloudCode?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'Fault'
    this.code = code
    this.retry = worthAnotherTry[code]
    this.cloudCode = more.cloudCode
  }
}

/** Ends every switch over a closed union: a new member is a type error here, and a clear crash if it slips through. */
export function unreachable(value: never): never {
  throw new Fault('BadEvent', `no branch for ${JSON.stringify(value)}: a new case needs one`)
}

/** What a schema objects to, field by field. Names fields and expectations, never values. */
export function faultsOf(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  return error.issues.map(issue => `${issue.path.join('.') || 'the whole'}: ${issue.message}`).join('; ')
}
