import type { Connector } from './connecting.ts'
import { secretsOf } from './secrets.ts'

export const approvals: Connector<'approvals'> = async ({ approvals: at, credentials }) => {
  const { mintToken, readToken } = await import('../../page/token.ts')
  const { approvalKey } = await secretsOf(at, credentials)
  return { url: at.url, mint: of => mintToken(approvalKey, of), read: token => readToken(approvalKey, token, new Date()) }
}
