/**
 * MySQL's host cache as far as `max_connect_errors` goes. A connection that breaks off between greeting and login counts against its
 * address, before TLS, within it and after it; at the limit the next one is refused with error 1129. Only a *successful* login clears the count:
 * a refused one neither counts nor clears, and once an address is blocked nothing but FLUSH HOSTS or a restart unblocks it.
 * (MySQL manual, "DNS Lookups and the Host Cache"; sql_connect.cc, check_connection.) A real server exempts 127.0.0.1; here that
 * address stands for a remote client and counts.
 */
export class HostCache {
  readonly #limit: number
  readonly #interrupted = new Map<string, number>()

  constructor(maxConnectErrors = 100) {
    this.#limit = maxConnectErrors
  }

  blocks(address: string): boolean {
    return (this.#interrupted.get(address) ?? 0) >= this.#limit
  }

  interrupted(address: string): void {
    this.#interrupted.set(address, (this.#interrupted.get(address) ?? 0) + 1)
  }

  loggedIn(address: string): void {
    this.#interrupted.delete(address)
  }

  flush(): void {
    this.#interrupted.clear()
  }
}
