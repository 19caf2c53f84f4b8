import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { mariadb } from './mariadb.ts'
import { postgres } from './postgres.ts'
import type { Program } from './server.ts'

export type RealEngine = 'MySQL' | 'PostgreSQL'

/** The program that stands in for an engine; undefined where it is not installed. */
export function programFor(engine: RealEngine): Program | undefined {
  switch (engine) {
    case 'MySQL': {
      const [server, install] = [find('mariadbd'), find('mariadb-install-db')]
      return server !== undefined && install !== undefined ? mariadb(server, install) : undefined
    }
    case 'PostgreSQL': {
      const folder = postgresFolder()
      return folder === undefined ? undefined : postgres(folder)
    }
    default:
      return engine satisfies never
  }
}

/** Debian packages to install where a program is missing. */
export const packages: Record<RealEngine, string> = { MySQL: 'mariadb-server-core', PostgreSQL: 'postgresql' }

/** Servers stand in /usr/sbin, which is not on everybody's path. */
function find(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  return folders.map(folder => join(folder, program)).find(isExecutable)
}

/** Debian keeps PostgreSQL's programs out of the path; its own initdb refuses to be copied, so the newest folder is taken whole. */
function postgresFolder(): string | undefined {
  const base = '/usr/lib/postgresql'
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : []
  return versions.map(version => join(base, version, 'bin')).find(bin => isExecutable(join(bin, 'initdb')))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
