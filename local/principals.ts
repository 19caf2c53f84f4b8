/** Who may sign a request: the deployment's user, and one role session per function, so that a server knows which function calls. */
export type Principal = {
  name: string
  accountId: string
  accessKeyId: string
  accessKeySecret: string
  /** Present for a role session: every request must carry it. */
  securityToken?: string
}

export type Principals = { find(accessKeyId: string): Principal | undefined }

export function principalsOf(list: readonly Principal[]): Principals {
  const byKey = new Map(list.map(one => [one.accessKeyId, one]))
  return { find: accessKeyId => byKey.get(accessKeyId) }
}
