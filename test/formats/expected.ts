import { resolve } from 'node:path'
import { expect } from 'vitest'
import type { Certificate } from '../../shared/formats/certificate.ts'
import { type FormatCode, FormatError } from '../../shared/formats/format-error.ts'

/** The fault that `act` throws; fails where it throws none, or anything but a FormatError. */
export async function faultOf(act: () => unknown): Promise<FormatError> {
  try {
    await act()
  } catch (error) {
    if (error instanceof FormatError) return error
    throw new Error(`a FormatError was expected, not ${String(error)}`, { cause: error })
  }
  throw new Error('a FormatError was expected, and nothing was thrown')
}

/** Expects this code, and every part somewhere in the message. */
export async function expectFault(code: FormatCode, parts: readonly string[], act: () => unknown): Promise<void> {
  const fault = await faultOf(act)
  expect(fault.code, fault.message).toBe(code)
  for (const part of parts) expect(fault.message).toContain(part)
}

/** Stands for the certificates in laws that run often: comparing buffers byte by byte is slow, and a fingerprint is of all bytes. */
export const fingerprints = (certificates: readonly Certificate[]) => certificates.map(one => one.fingerprint)

/** The vendor's real chain lies beside the project, where it lies at all. */
export const realChain = resolve(import.meta.dirname, '../../../shared/data/apsaradb-ca-chain')
