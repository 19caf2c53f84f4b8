import { type Certificate, type Endpoint, type Engine, type Random, serial, year } from './rds.ts'

export type Place = {
  region: string
  zone: string
  vpc: string
  /** How ids of the region begin. */
  prefix: string
}

/** `rm-` or, for PostgreSQL, `pgm-`, and 17 characters: the region's, the name's letters in short, and digits to fill them up. */
export function idOf(engine: Engine, place: Place, name: string, random: Random): string {
  const short = name.replace('sqlserver', 'ms').replace('mysql', 'my').replace('postgres', 'pg').replaceAll('-', '')
  let letters = short.slice(0, 12)
  while (letters.length < 14) letters += Math.floor(random() * 10)
  return `${engine === 'PostgreSQL' ? 'pgm' : 'rm'}-${place.prefix}${letters}`
}

const domains: Record<Engine, { label: string; port: number }> = {
  SQLServer: { label: 'sqlserver', port: 1433 },
  MySQL: { label: 'mysql', port: 3306 },
  PostgreSQL: { label: 'pg', port: 5432 },
  MariaDB: { label: 'mariadb', port: 3306 },
}

/** A private and a public endpoint; the public one's name ends in `o`. */
export function connectionsOf(id: string, engine: Engine, { region }: Place): Endpoint[] {
  const { label, port } = domains[engine]
  const domain = `${label}${region === 'ap-southeast-1' ? '.singapore' : ''}.rds.aliyuncs.com`
  return [
    { connectionString: `${id}.${domain}`, port, ipType: 'Private', ipAddress: '172.16.0.10', type: 'Normal' },
    { connectionString: `${id}o.${domain}`, port, ipType: 'Public', ipAddress: '198.51.100.10', type: 'Normal' },
  ]
}

/** A certificate of one year that ends at `notAfter`, ms. */
export function certificateUntil(notAfter: number, name: string, by: Certificate['by'], random: Random): Certificate {
  const end = Math.floor(notAfter / 1000) * 1000
  return { serial: serial(random), name, notBefore: end - year, notAfter: end, by }
}
