import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import { FormatError, quoted } from './format-error.ts'

/** `name` uses `/`; folders are no members. */
export type ZipMember = { name: string; data: Buffer }

/** `maxBytes` is of all members together, unpacked. The vendor's archive has three members and 400 KB. */
export type ZipLimits = { maxMembers: number; maxBytes: number }

const defaults: ZipLimits = { maxMembers: 100, maxBytes: 16 * 1024 * 1024 }
const stored = 0
const deflated = 8

/**
 * Unpacks an archive in memory, in its directory's order, or refuses it whole: nothing is unpacked before every member's name and declared
 * size passed, and no member grows beyond what it declared.
 *
 * @throws FormatError Zip…
 */
export async function readZip(bytes: Uint8Array, limits: Partial<ZipLimits> = {}): Promise<ZipMember[]> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const bounds = { ...defaults, ...limits }
  // Names and sizes are judged here and not by yauzl, which would report a hostile one like any damage.
  const archive = await translated(fromBufferPromise(file, { decodeStrings: false, validateEntrySizes: false }))
  const entries = await readDirectory(archive, bounds)
  const members: ZipMember[] = []
  for (const { name, entry } of entries) if (!name.endsWith('/')) members.push({ name, data: await unpack(file, archive, name, entry) })
  return members
}

/**
 * Writes an archive without times or attributes: the same members give the same bytes, where deflated at least under the same Node. Names
 * that readZip would refuse are refused.
 */
export function writeZip(members: readonly { name: string; data: Uint8Array }[], method: 'stored' | 'deflated' = 'deflated'): Buffer {
  if (members.length > 0xffff)
    throw new FormatError('ZipTooManyMembers', `${members.length} members are more than an archive holds: pack at most 65535`)
  const seen = new Set<string>()
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, data } of members) {
    if (name.endsWith('/')) throw new FormatError('ZipUnsafeName', `the member ${quoted(name)} is a folder: name files alone`)
    checkName(name, seen)
    const packed = method === 'stored' ? Buffer.from(data) : deflateRawSync(data)
    const header = memberHeader(name, data, packed, method === 'stored' ? stored : deflated)
    const raw = Buffer.from(name, 'utf8')
    locals.push(signed(0x04034b50, header), raw, packed)
    directory.push(signed(0x02014b50, uint16(20), header, Buffer.alloc(10), uint32(offset)), raw)
    offset += 4 + header.length + raw.length + packed.length
    if (offset > 0xffffffff) throw new FormatError('ZipTooLarge', `the members up to ${quoted(name)} are more than 4 GiB: pack less`)
  }
  const index = Buffer.concat(directory)
  const count = uint16(members.length)
  return Buffer.concat([...locals, index, signed(0x06054b50, uint32(0), count, count, uint32(index.length), uint32(offset), uint16(0))])
}

async function readDirectory(archive: ZipFile, { maxMembers, maxBytes }: ZipLimits): Promise<{ name: string; entry: Entry }[]> {
  const entries: { name: string; entry: Entry }[] = []
  const seen = new Set<string>()
  const iterator = archive.eachEntry()
  let declared = 0
  for (let next = await translated(iterator.next()); !next.done; next = await translated(iterator.next())) {
    const entry: Entry = next.value
    const name = nameOf(entry.fileNameRaw)
    checkName(name, seen)
    if (entries.length === maxMembers)
      throw new FormatError(
        'ZipTooManyMembers',
        `the archive has more than ${maxMembers} members: it is not the one that was meant, or raise the limit`,
      )
    if (entry.isEncrypted())
      throw new FormatError('ZipEncrypted', `the member ${quoted(name)} is encrypted: pack it again without a password`)
    if (!entry.canDecodeFileData()) {
      throw new FormatError(
        'ZipUnsupported',
        `the member ${quoted(name)} is packed by method ${entry.compressionMethod}: pack it again, stored or deflated`,
      )
    }
    declared += entry.uncompressedSize
    if (declared > maxBytes)
      throw new FormatError(
        'ZipTooLarge',
        `the archive declares more than ${maxBytes} bytes by its member ${quoted(name)}: it is not the one that was meant, or raise the limit`,
      )
    entries.push({ name, entry })
  }
  return entries
}

async function unpack(file: Buffer, archive: ZipFile, name: string, entry: Entry): Promise<Buffer> {
  const header = await translated(archive.readLocalFileHeaderPromise(entry), name)
  // Directory and local header name a member each: where they differ, every reader sees another archive.
  if (!header.fileName.equals(entry.fileNameRaw)) {
    throw new FormatError(
      'ZipMalformed',
      `the member ${quoted(name)} is called ${quoted(nameOf(header.fileName))} in its own header: pack it again`,
    )
  }
  const packed = file.subarray(header.fileDataStart, header.fileDataStart + entry.compressedSize)
  const data = entry.compressionMethod === stored ? Buffer.from(packed) : inflate(packed, name, entry.uncompressedSize)
  if (data.length !== entry.uncompressedSize) throw sizeMismatch(name, entry.uncompressedSize, `${data.length}`)
  if (crc32(data) !== entry.crc32)
    throw new FormatError('ZipChecksum', `the member ${quoted(name)} does not match its checksum: fetch the archive again`)
  return data
}

function inflate(packed: Buffer, name: string, declared: number): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, declared) })
  } catch (error) {
    if (error instanceof RangeError) throw sizeMismatch(name, declared, 'more')
    throw new FormatError('ZipMalformed', `the member ${quoted(name)} does not inflate: fetch the archive again`, error)
  }
}

function checkName(name: string, seen: Set<string>): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a hostile name may hold
  const hostile = name === '' || name.length > 1024 || /[\u0000-\u001f\u007f\\]|^\/|^[A-Za-z]:|\uFFFD/.test(name)
  const parts = name.replace(/\/$/, '').split('/')
  if (hostile || parts.some(part => part === '' || part === '.' || part === '..')) {
    throw new FormatError(
      'ZipUnsafeName',
      `the member ${quoted(name)} has an unsafe name (absolute, with .. or . or a backslash, overlong, or no printable UTF-8): pack it again under a plain one`,
    )
  }
  if (seen.has(name))
    throw new FormatError(
      'ZipDuplicateName',
      `the member ${quoted(name)} is there twice, and readers differ in which they take: pack it again`,
    )
  seen.add(name)
}

/** UTF-8, whatever the flag says: other encodings leave U+FFFD and are refused as unsafe. */
const nameOf = (raw: Buffer) => raw.toString('utf8')

/** Turns whatever yauzl objects to into a fault of ours. */
async function translated<T>(promise: Promise<T>, member?: string): Promise<T> {
  try {
    return await promise
  } catch (error) {
    const where = member === undefined ? 'the archive' : `the member ${quoted(member)}`
    const why = error instanceof Error ? error.message : String(error)
    throw new FormatError('ZipMalformed', `${where} is damaged (${why.slice(0, 120)}): fetch the archive again`, error)
  }
}

function sizeMismatch(name: string, declared: number, found: string): FormatError {
  return new FormatError(
    'ZipSizeMismatch',
    `the member ${quoted(name)} declares ${declared} bytes and has ${found}: fetch the archive again`,
  )
}

/** The fields that local header and directory share (APPNOTE 4.3.7): version 2.0, UTF-8 names, 1980-01-01, no extra field. */
function memberHeader(name: string, data: Uint8Array, packed: Buffer, method: number): Buffer {
  const times = Buffer.concat([uint16(0), uint16(0x21)])
  const sizes = Buffer.concat([uint32(packed.length), uint32(data.length)])
  const lengths = Buffer.concat([uint16(Buffer.byteLength(name, 'utf8')), uint16(0)])
  return Buffer.concat([uint16(20), uint16(0x0800), uint16(method), times, uint32(crc32(data)), sizes, lengths])
}

const signed = (signature: number, ...fields: readonly Buffer[]) => Buffer.concat([uint32(signature), ...fields])

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
