import { type Certificate, demandSome, readCertificate } from './certificate.ts'
import { FormatError } from './format-error.ts'

/** One block of a PEM text; `line` is that of its BEGIN, counted from 1. */
export type PemBlock = { label: string; line: number; der: Buffer }

const begin = /^-----BEGIN ([A-Z0-9 #]{1,40})-----$/
const end = /^-----END ([A-Z0-9 #]{1,40})-----$/
const body = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Reads a bundle of certificates, in the file's order. Between blocks, empty lines and lines that begin with `#` are comments; a byte order
 * mark at the start, any line ending and blanks at a line's end pass. Everything else is refused by its line: text that other readers skip
 * is how half a bundle goes unnoticed. (The vendor's file holds nothing but blocks.)
 *
 * @throws FormatError PemRubbish, PemTruncated, PemBase64, PemLabel, NotACertificate, NoCertificates
 */
export function readPem(text: string | Uint8Array): Certificate[] {
  const certificates = readPemBlocks(text).map(block => {
    if (block.label !== 'CERTIFICATE') {
      throw new FormatError(
        'PemLabel',
        `line ${block.line} begins a ${block.label}, no certificate: a trust bundle holds certificates alone, take it out`,
      )
    }
    return readCertificate(block.der, `the certificate of line ${block.line}`)
  })
  demandSome(certificates, 'the PEM')
  return certificates
}

/** Writes RFC 7468: 64 characters a line, `\n` line endings, nothing between the blocks. */
export function writePem(certificates: readonly Certificate[]): string {
  demandSome(certificates, 'the PEM to be written')
  return certificates
    .map(({ der }) => {
      const lines = der.toString('base64').match(/.{1,64}/g) ?? []
      return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
    })
    .join('')
}

/** Reads blocks of any label; what may stand between them is told at readPem. */
export function readPemBlocks(text: string | Uint8Array): PemBlock[] {
  const blocks: PemBlock[] = []
  let open: { label: string; line: number; base64: string } | undefined
  for (const [index, raw] of linesOf(text).entries()) {
    const line = index + 1
    const content = raw.trimEnd()
    if (open === undefined) {
      const label = begin.exec(content)?.[1]
      if (label !== undefined) open = { label, line, base64: '' }
      else if (content !== '' && !content.startsWith('#')) throw rubbish(line, content)
    } else if (content.startsWith('-----')) {
      if (end.exec(content)?.[1] !== open.label) throw truncated(open, `line ${line} is not its end`)
      blocks.push({ label: open.label, line: open.line, der: decode(open) })
      open = undefined
    } else if (body.test(content)) {
      open.base64 += content
    } else {
      throw new FormatError('PemBase64', `line ${line} in the block of line ${open.line} is not base64: fetch or export the file again`)
    }
  }
  if (open !== undefined) throw truncated(open, 'the file ends before it does')
  return blocks
}

function linesOf(text: string | Uint8Array): string[] {
  const decoded = typeof text === 'string' ? text : Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8')
  return (decoded.startsWith('\uFEFF') ? decoded.slice(1) : decoded).split(/\r\n|\n|\r/)
}

function decode(block: { line: number; base64: string }): Buffer {
  const der = Buffer.from(block.base64, 'base64')
  // Buffer skips what it cannot read: only what encodes back to the same text was read whole.
  if (der.length > 0 && der.toString('base64') === block.base64) return der
  throw new FormatError(
    'PemBase64',
    `the block of line ${block.line} is not whole base64: characters are missing or padded wrongly; fetch it again`,
  )
}

function truncated(open: { label: string; line: number }, why: string): FormatError {
  return new FormatError('PemTruncated', `the ${open.label} of line ${open.line} breaks off: ${why}; fetch or export the file again`)
}

/** The line itself is not repeated: it could be a key that lost its BEGIN. */
function rubbish(line: number, content: string): FormatError {
  const looks = content.startsWith('<') ? ', it looks like a web page or an error document' : ''
  return new FormatError('PemRubbish', `line ${line} is neither part of a block nor a comment${looks}: take it out, or begin it with #`)
}
