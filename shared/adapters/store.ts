/** The objects of one bucket, as far as this product uses them. Throws Fault: Busy, Unreachable, BadReply, Refused. */
export type ObjectStore = {
  /** Undefined where the service itself says that there is no such key. */
  get(key: string): Promise<Uint8Array | undefined>
  put(key: string, bytes: Uint8Array, headers: ObjectHeaders): Promise<void>
  /**
   * Creates, never overwrites. One request: where the answer is lost (Unreachable, BadReply) the object may or may not exist, and only reading
   * the key tells.
   */
  create(key: string, bytes: Uint8Array, headers: ObjectHeaders): Promise<'created' | 'exists'>
  remove(key: string): Promise<void>
  /** Keys in the order of their UTF-8 bytes, at most 1000. `next` continues. */
  list(prefix: string, most: number, next?: string): Promise<{ keys: string[]; next?: string }>
  /** Whether old versions are kept, or ever were: then `create` silently overwrites. */
  versioned(): Promise<boolean>
}

export type ObjectHeaders = { 'Content-Type': string; 'Cache-Control'?: string }

export const json: ObjectHeaders = { 'Content-Type': 'application/json' }
