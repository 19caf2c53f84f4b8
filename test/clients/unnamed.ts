import { connect } from 'node:net'
import { createConnection } from 'mysql2/promise'
import type { Driver } from '../drivers.ts'

/** mysql2 as most people configure it, `ssl: {ca}` and no more: then it compares no name. */
export const connectMysql2Unnamed: Driver = async (host, port, caPem, { user = 'app', timeout = 5000 } = {}) => {
  try {
    const stream = () => connect(port, '127.0.0.1')
    const connection = await createConnection({ host, user, password: 'secret', ssl: { ca: caPem }, stream, connectTimeout: timeout })
    const [rows] = await connection.query('select 1 as one')
    await connection.end()
    if (JSON.stringify(rows) !== '[{"one":1}]') throw new Error(`select 1 gave ${JSON.stringify(rows)}`)
    return { ok: true, serverSubject: '', fingerprint: '', notAfter: '' }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { ok: false, code: error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN', message }
  }
}
