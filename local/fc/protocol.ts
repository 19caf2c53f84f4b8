/** What a handler gets beside its event, as the Node.js runtime of Function Compute 3.0 gives it. */
export type Context = {
  requestId: string
  /** Empty strings where the function has no role. */
  credentials: { accessKeyId: string; accessKeySecret: string; securityToken: string }
  function: { name: string; handler: string; memory: number; timeout: number }
  region: string
  accountId: string
}

/** How the platform words what a function threw. */
export type Thrown = { errorMessage: string; errorType: string; stackTrace: string[] }

/** Told to a function's process, which handles one event at a time. `now` is the clock's time in ms. */
export type ToRuntime = { event: Uint8Array; context: Context; now: number }

/** `unloadable` comes instead of `ready`, and ends the process. */
export type FromRuntime =
  | { say: 'ready' }
  | { say: 'unloadable'; error: Thrown }
  | { say: 'returned'; body: Uint8Array }
  | { say: 'threw'; error: Thrown }

/**
 * The arguments of the process, as JSON. `mark` is a line that no function writes: it stands on both outputs behind everything that belongs
 * to one event, because pipes and messages overtake each other. `egress` is the address that connections are made from.
 */
export type RuntimeArguments = { codeDir: string; handler: string; mark: string; egress: string | undefined }
