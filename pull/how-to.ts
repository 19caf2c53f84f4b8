/** HOWTO.txt beside the bundle: an application developer's minute. `url` is the base that applications pull from. */
export function howTo(url = 'https://YOUR-BUNDLE-HOST'): string {
  const base = `${url.replace(/\/$/, '')}/ca/latest`
  return `The trust bundle of ApsaraDB RDS, for everything that connects to it by TLS.

  curl -fsSO ${base}/ApsaraDB-CA-Chain.pem     most drivers: mysql2, pg, tedious, psql, mariadb, FreeTDS
  curl -fsSO ${base}/ApsaraDB-CA-Chain.jks     Java trust store, password apsaradb
  curl -fsSO ${base}/ApsaraDB-CA-Chain.p12     Java 9 and later, .NET, password apsaradb
  curl -fsSO ${base}/ApsaraDB-CA-Chain.p7b     Windows certificate import

Kept up to date, each file replaced whole or not at all, by cron or a scheduled task:
  curl -fsSO ${base}/pull.sh      then: sh pull.sh /etc/rds-ca systemctl reload app
  ${base}/pull.ps1                then: powershell -ExecutionPolicy Bypass -File pull.ps1 -Folder C:\\rds-ca

Settings that verify the server, not only encrypt:
  MySQL        mysql2: ssl: {ca, verifyIdentity: true}      CLI: --ssl-ca=FILE --ssl-verify-server-cert
  PostgreSQL   sslmode=verify-full sslrootcert=FILE
  SQL Server   encrypt=true; trustServerCertificate=false; Node (tedious): cryptoCredentialsDetails.ca

manifest.json beside it names the version, its certificates and the SHA-256 of each file; ca/v/<version>/ never changes.
`
}
