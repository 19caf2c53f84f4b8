/** Everything that a certificate, a bundle or an archive can be refused for, as a closed union. */
export type FormatCode =
  | 'NoCertificates' // a bundle without a single certificate, read or about to be written
  | 'NotACertificate' // not one whole DER X.509 certificate
  | 'PemRubbish' // text outside the blocks that is no comment
  | 'PemTruncated' // a block without its end
  | 'PemBase64' // a block whose body is not base64
  | 'PemLabel' // a block of another kind, such as a private key
  | 'P7bMalformed' // not a DER PKCS#7 SignedData that holds certificates alone
  | 'JksMagic' // another format under a JKS name
  | 'JksVersion'
  | 'JksTruncated'
  | 'JksMalformed' // trailing bytes, an unknown kind of entry, an alias twice
  | 'JksPrivateKey'
  | 'JksDigestMismatch' // a wrong password or a changed byte: the format cannot tell them apart
  | 'P12Malformed'
  | 'P12Unsupported' // a PKCS#12 that uses what is deliberately not read
  | 'P12PrivateKey'
  | 'P12MacMismatch' // a wrong password or a changed byte: the format cannot tell them apart
  | 'ZipMalformed'
  | 'ZipTooManyMembers'
  | 'ZipTooLarge'
  | 'ZipSizeMismatch' // a member that does not have the size it declares
  | 'ZipUnsafeName'
  | 'ZipDuplicateName'
  | 'ZipEncrypted'
  | 'ZipUnsupported'
  | 'ZipChecksum'
  | 'ZipMissingMember'
  | 'BundleDisagrees' // PEM, P7B and JKS of one archive hold different certificates

/**
 * The one exception of the formats. Its message names what is wrong, where (byte, line, entry, member) and the mend, and never repeats what
 * the input said beyond a name. The same bytes always fail the same way: only other bytes are worth another try.
 */
export class FormatError extends Error {
  readonly code: FormatCode

  constructor(code: FormatCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'FormatError'
    this.code = code
  }
}

/** A name from the input, fit for a message: quoted, control characters escaped, cut at 80 characters. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
}
