import type { Connector } from './connecting.ts'
import { secretsOf } from './secrets.ts'

/** The key is read when a link is: a page that needs none waits for none. */
export const approvals: Connector<'approvals'> = async ({ approvals: at, credentials }) => {
  const ready = async () => {
    const [token, { approvalKey }] = await Promise.all([import('../../page/token.ts'), secretsOf(at, credentials)])
    return { ...token, approvalKey }
  }
  return {
    url: at.url,
    async mint(of) {
      const { mintToken, approvalKey } = await ready()
      return mintToken(approvalKey, of)
    },
    async read(token) {
      const { readToken, approvalKey } = await ready()
      return readToken(approvalKey, token, new Date())
    },
  }
}
