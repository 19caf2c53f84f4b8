import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { Fault } from './errors.ts'

/**
 * Reads ENDPOINT_HOSTS, a file of lines `name ip:port`: such an endpoint is reached by another address, and its name is still what is
 * verified. No file, no lines.
 *
 * @throws Fault BadConfig, naming file and line
 */
export async function endpointHosts(file: string | undefined): Promise<Map<string, { ip: string; port: number }>> {
  const hosts = new Map<string, { ip: string; port: number }>()
  if (!file) return hosts
  const lines = (await textOf(file)).split('\n')
  for (const [at, text] of lines.entries()) {
    const words = text.replace(/#.*/, '').trim()
    if (words === '') continue
    const [, name = '', ip = '', port = ''] = /^(\S+)\s+(\S+):(\d{1,5})$/.exec(words) ?? []
    if (name === '' || isIP(ip) === 0 || Number(port) < 1 || Number(port) > 65_535)
      throw new Fault('BadConfig', `ENDPOINT_HOSTS ${file}:${at + 1}: must be "name ip:port", is ${JSON.stringify(words)}`)
    hosts.set(name, { ip, port: Number(port) })
  }
  return hosts
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new Fault('BadConfig', `ENDPOINT_HOSTS ${file}: cannot be read: put the file there, or leave the variable out`)
  }
}
