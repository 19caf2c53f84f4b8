import type { Certificate } from '../../shared/formats/certificate.ts'
import { writeJks } from '../../shared/formats/jks.ts'
import { writeP7b } from '../../shared/formats/p7b.ts'
import { writePem } from '../../shared/formats/pem.ts'
import { writeZip } from '../../shared/formats/zip.ts'

/** ApsaraDB-CA-Chain.zip as it is published: one list of certificates for Windows, for Java (password `apsaradb`) and for everything else. */
export function bundleZip(certificates: readonly Certificate[]): Buffer {
  return writeZip([
    { name: 'ApsaraDB-CA-Chain.p7b', data: writeP7b(certificates) },
    { name: 'ApsaraDB-CA-Chain.pem', data: Buffer.from(writePem(certificates)) },
    { name: 'ApsaraDB-CA-Chain.jks', data: writeJks(certificates) },
  ])
}
