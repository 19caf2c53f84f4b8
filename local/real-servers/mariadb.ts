import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import type { Place, Program } from './server.ts'

const login = { host: '127.0.0.1', user: 'app', password: 'secret' } as const

/** MariaDB behind an instance of MySQL: the same protocol, the same TLS. The account `app` may log in from anywhere. */
export const mariadb = (server: string, install: string): Program => ({
  name: 'mariadbd',
  install(place) {
    const sql = `CREATE USER IF NOT EXISTS app@'%' IDENTIFIED BY '${login.password}';\nGRANT ALL ON *.* TO app@'%';\n`
    writeFileSync(initFile(place), sql, { mode: 0o644 })
    const args = ['--no-defaults', `--datadir=${place.data}`, '--auth-root-authentication-method=normal', '--skip-test-db']
    return [{ file: install, args }]
  },
  start(place) {
    const { folder, data, port, chain, key } = place
    const where = [`--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'socket')}`]
    const files = [`--ssl-cert=${chain}`, `--ssl-key=${key}`, `--init-file=${initFile(place)}`, `--pid-file=${join(folder, 'pid')}`]
    const small = ['--innodb-buffer-pool-size=8M', '--innodb-flush-log-at-trx-commit=0', '--performance-schema=off', '--skip-log-bin']
    return { file: server, args: ['--no-defaults', ...where, ...files, ...small] }
  },
  ready: /ready for connections/,
  stop: 'SIGTERM',
  async reload({ port }) {
    const connection = await createConnection({ ...login, port })
    await connection.query('FLUSH SSL')
    await connection.end()
  },
})

const initFile = ({ folder }: Place): string => join(folder, 'init.sql')
