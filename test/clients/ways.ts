import { connectMysql2, connectPg, connectTedious, type Driver } from '../drivers.ts'
import type { Attempt, Engine, TrustFile } from './instances.ts'
import type { Command } from './programs.ts'
import type { Language } from './toolchains.ts'
import { connectMysql2Unnamed } from './unnamed.ts'

/**
 * How one client is made to trust one file, and what it says when it does not. `foreign` and `otherName` are the words of its own error
 * for an authority it does not know and for a certificate of another name; without `otherName` it checks no name and connects.
 */
export type Way = {
  engine: Engine
  client: string
  file: TrustFile
  /** What a user writes, in short. */
  setting: string
  foreign: RegExp
  otherName?: RegExp
} & (
  | {
      by: 'toolchain'
      language: Language
      program: string
      args: readonly string[]
      /** A process for each attempt, where the trust store is the whole process's. */
      alone?: true
      /** Resolves names by the system's library. */
      resolves?: true
    }
  | { by: 'system'; program: string; version: RegExp; versionArgs: readonly string[]; command(to: Attempt, folder: string): SystemCommand }
  | { by: 'node'; package: string; driver: Driver }
)

/** A command of the system, the text it is fed, and what it must print; `log` is a file in which it tells more of a refusal. */
export type SystemCommand = Command & { settings?: { path: string; text: string }; input?: string; prints: string; log?: string }

const jdbc = (engine: Engine, client: string, file: TrustFile, setting: string, alone?: true) => ({
  engine,
  client,
  file,
  setting,
  by: 'toolchain' as const,
  language: 'Java' as const,
  program: 'Jdbc',
  args: [client, file],
  ...(alone ? { alone } : {}),
})
const python = (engine: Engine, client: string, setting: string) => ({
  engine,
  client,
  file: 'PEM' as const,
  setting,
  by: 'toolchain' as const,
  language: 'Python' as const,
  program: 'connect',
  args: [client],
})
const go = (engine: Engine, client: string, setting: string) => ({
  engine,
  client,
  file: 'PEM' as const,
  setting,
  by: 'toolchain' as const,
  language: 'Go' as const,
  program: client,
  args: [],
})
const node = (engine: Engine, name: string, setting: string, driver: Driver) => ({
  engine,
  client: name,
  file: 'PEM' as const,
  setting,
  by: 'node' as const,
  package: name,
  driver,
  foreign: /UNABLE_TO_GET_ISSUER_CERT_LOCALLY/,
  otherName: /ERR_TLS_CERT_ALTNAME_INVALID/,
})

const pkix = /unable to find valid certification path to requested target/
const goUnknown = /x509: certificate signed by unknown authority/
const goName = /x509: certificate is valid for [\w.-]+, not [\w.-]+/
const openssl = /certificate verify failed/
const libpqName = /server certificate for "[\w.-]+"(?: \(and \d+ other names?\))? does not match host name "[\w.-]+"/

export const ways: readonly Way[] = [
  {
    engine: 'SQLServer',
    client: 'FreeTDS tsql',
    file: 'PEM',
    setting: 'encryption = require, ca file, check certificate hostname = yes',
    by: 'system',
    program: 'tsql',
    versionArgs: ['-C'],
    version: /freetds v([\w.]+)/,
    command: tsql,
    // What it finds wrong with a certificate it tells its dump alone: GnuTLS's status, invalid (2) and signer not found (64).
    foreign: /Certificate status: 66/,
    otherName: /Certificate hostname does not match/,
  },
  {
    ...python('SQLServer', 'pymssql', 'freetds.conf: encryption = require, ca file, check certificate hostname = yes'),
    resolves: true,
    // It says only "TDS server connection failed"; these are FreeTDS's words in its dump.
    foreign: /handshake failed/,
    otherName: /checking hostname failed/,
  },
  {
    ...python('SQLServer', 'mssql-python', 'Encrypt=yes;TrustServerCertificate=no, SSL_CERT_FILE=FILE (ODBC Driver 18)'),
    alone: true,
    resolves: true,
    foreign: /certificate verify failed:unable to get local issuer certificate/,
    otherName: /certificate verify failed:subject name does not match host name/,
  },
  { ...go('SQLServer', 'go-mssqldb', 'encrypt=true&certificate=FILE'), foreign: goUnknown, otherName: goName },
  {
    ...jdbc('SQLServer', 'mssql-jdbc', 'JKS', 'encrypt=true;trustServerCertificate=false;trustStore=FILE;trustStoreType=JKS'),
    foreign: pkix,
    otherName: /Failed to validate the server name "[\w.-]+" ?in a certificate/,
  },
  {
    ...jdbc('SQLServer', 'mssql-jdbc', 'P12', 'encrypt=true;trustServerCertificate=false;trustStore=FILE;trustStoreType=PKCS12'),
    foreign: pkix,
    otherName: /Failed to validate the server name "[\w.-]+" ?in a certificate/,
  },
  { ...jdbc('SQLServer', 'jtds', 'JKS', 'ssl=authenticate, -Djavax.net.ssl.trustStore=FILE', true), foreign: pkix },
  { ...jdbc('SQLServer', 'jtds', 'P12', 'ssl=authenticate, -Djavax.net.ssl.trustStore=FILE', true), foreign: pkix },
  node('SQLServer', 'tedious', 'cryptoCredentialsDetails: {ca}', connectTedious),
  {
    engine: 'MySQL',
    client: 'mariadb CLI',
    file: 'PEM',
    setting: '--ssl-ca=FILE --ssl-verify-server-cert',
    by: 'system',
    program: 'mariadb',
    versionArgs: ['--version'],
    version: /(?:Distrib |from )([\d.]+)-MariaDB/,
    command: mariadb,
    foreign: /unable to get local issuer certificate/,
    otherName: /Validation of SSL server certificate failed/,
  },
  {
    ...python('MySQL', 'pymysql', 'ssl_ca, ssl_verify_cert=True, ssl_verify_identity=True'),
    resolves: true,
    foreign: openssl,
    otherName: /Hostname mismatch/,
  },
  {
    ...python('MySQL', 'mysql-connector-python', 'ssl_ca, ssl_verify_cert=True, ssl_verify_identity=True'),
    resolves: true,
    foreign: openssl,
    otherName: /Hostname mismatch/,
  },
  { ...go('MySQL', 'go-sql-driver', 'tls.Config{RootCAs, ServerName}'), foreign: goUnknown, otherName: goName },
  {
    ...jdbc('MySQL', 'mysql-connector-j', 'JKS', 'sslMode=VERIFY_IDENTITY&trustCertificateKeyStoreUrl=file:FILE'),
    foreign: /Path does not chain with any of the trust anchors/,
    otherName: /Server identity verification failed/,
  },
  {
    ...jdbc('MySQL', 'mysql-connector-j', 'P12', 'sslMode=VERIFY_IDENTITY&trustCertificateKeyStoreUrl=file:FILE&…Type=PKCS12'),
    foreign: /Path does not chain with any of the trust anchors/,
    otherName: /Server identity verification failed/,
  },
  {
    ...jdbc('MySQL', 'mariadb-java-client', 'PEM', 'sslMode=verify-full&serverSslCert=FILE'),
    foreign: pkix,
    otherName: /SSL hostname verification failed/,
  },
  {
    ...jdbc('MySQL', 'mariadb-java-client', 'JKS', 'sslMode=verify-full&trustStore=FILE'),
    foreign: pkix,
    otherName: /SSL hostname verification failed/,
  },
  {
    ...jdbc('MySQL', 'mariadb-java-client', 'P12', 'sslMode=verify-full&trustStore=FILE'),
    foreign: pkix,
    otherName: /SSL hostname verification failed/,
  },
  node('MySQL', 'mysql2', 'ssl: {ca, verifyIdentity: true}', connectMysql2),
  {
    engine: 'MySQL',
    client: 'mysql2',
    file: 'PEM',
    setting: 'ssl: {ca}',
    by: 'node',
    package: 'mysql2',
    driver: connectMysql2Unnamed,
    foreign: /unable to get local issuer certificate/,
  },
  {
    engine: 'PostgreSQL',
    client: 'psql',
    file: 'PEM',
    setting: 'sslmode=verify-full sslrootcert=FILE',
    by: 'system',
    program: 'psql',
    versionArgs: ['--version'],
    version: /\(PostgreSQL\) ([\d.]+)/,
    command: psql,
    foreign: openssl,
    otherName: libpqName,
  },
  { ...python('PostgreSQL', 'psycopg', 'sslmode=verify-full sslrootcert=FILE'), foreign: openssl, otherName: libpqName },
  { ...python('PostgreSQL', 'psycopg2', 'sslmode=verify-full sslrootcert=FILE'), foreign: openssl, otherName: libpqName },
  { ...go('PostgreSQL', 'pgx', 'sslmode=verify-full&sslrootcert=FILE'), foreign: goUnknown, otherName: goName },
  { ...go('PostgreSQL', 'pq', 'sslmode=verify-full&sslrootcert=FILE'), foreign: goUnknown, otherName: goName },
  {
    ...jdbc('PostgreSQL', 'postgresql', 'PEM', 'sslmode=verify-full&sslrootcert=FILE'),
    foreign: pkix,
    otherName: /could not be verified by hostnameverifier PgjdbcHostnameVerifier/,
  },
  {
    ...jdbc(
      'PostgreSQL',
      'postgresql',
      'JKS',
      'sslmode=verify-full&sslfactory=…DefaultJavaSSLFactory, -Djavax.net.ssl.trustStore=FILE',
      true,
    ),
    foreign: pkix,
    otherName: /could not be verified by hostnameverifier PgjdbcHostnameVerifier/,
  },
  {
    ...jdbc(
      'PostgreSQL',
      'postgresql',
      'P12',
      'sslmode=verify-full&sslfactory=…DefaultJavaSSLFactory, -Djavax.net.ssl.trustStore=FILE',
      true,
    ),
    foreign: pkix,
    otherName: /could not be verified by hostnameverifier PgjdbcHostnameVerifier/,
  },
  node('PostgreSQL', 'pg', 'ssl: {ca}', connectPg),
]

function tsql({ host, port, trust, name }: Attempt, folder: string): SystemCommand {
  const [path, log] = [`${folder}/${name.replaceAll(' ', '-')}.conf`, `${folder}/${name.replaceAll(' ', '-')}.dump`]
  const lines = ['[rds]', `host = ${host}`, `port = ${port}`, 'tds version = 7.4', 'encryption = require', `ca file = ${trust}`]
  return {
    file: 'tsql',
    args: ['-S', 'rds', '-U', 'app', '-P', 'secret', '-o', 'fqh'],
    env: { FREETDSCONF: path, TDSDUMP: log },
    settings: { path, text: [...lines, 'check certificate hostname = yes', ''].join('\n') },
    input: 'select 1\ngo\nexit\n',
    prints: '1',
    log,
  }
}

function mariadb({ host, port, trust }: Attempt): SystemCommand {
  const target = ['--no-defaults', '--protocol=TCP', '-h', host, '-P', String(port), '-uapp', '-psecret']
  return { file: 'mariadb', args: [...target, `--ssl-ca=${trust}`, '--ssl-verify-server-cert', '-NBe', 'select 1'], prints: '1' }
}

function psql({ host, port, trust }: Attempt): SystemCommand {
  const target = `host=${host} hostaddr=127.0.0.1 port=${port} user=app dbname=app sslmode=verify-full sslrootcert=${trust}`
  return { file: 'psql', args: ['-X', target, '-Atc', 'select 1'], env: { PGPASSWORD: 'secret' }, prints: '1' }
}
