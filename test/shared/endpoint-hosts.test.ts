import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpointHosts } from '../../shared/endpoint-hosts.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hosts-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(text: string) {
  const file = join(folder, 'hosts')
  await writeFile(file, text)
  return [...(await endpointHosts(file))]
}

test.each([undefined, ''])('without a file there are no lines: %j', async file => expect((await endpointHosts(file)).size).toBe(0))

test('names, addresses of both kinds, comments and empty lines are read', async () => {
  const text = '# ours\n\nrm-1.mysql.rds.aliyuncs.com 127.0.0.1:33061\n  pgm-1.pg.rds.aliyuncs.com\t::1:5432 # by tunnel\r\n'
  expect(await read(text)).toEqual([
    ['rm-1.mysql.rds.aliyuncs.com', { ip: '127.0.0.1', port: 33_061 }],
    ['pgm-1.pg.rds.aliyuncs.com', { ip: '::1', port: 5432 }],
  ])
})

describe('a line that is none is told by its number', () => {
  test.each([
    'rm-1 127.0.0.1',
    'rm-1',
    '127.0.0.1:3306',
    'rm-1 db.example.com:3306',
    'rm-1 127.0.0.1:0',
    'rm-1 127.0.0.1:65536',
    'rm-1 127.0.0.1:3306 and more',
    'rm-1 256.0.0.1:3306',
  ])('%s', async line => {
    await expect(read(`# fine\nrm-0 127.0.0.1:1\n${line}\n`)).rejects.toMatchObject({
      code: 'BadConfig',
      message: expect.stringMatching(/^ENDPOINT_HOSTS .*hosts:3: must be "name ip:port"/),
    })
  })
  test('but the outermost ports are ports', async () => expect(await read('a 127.0.0.1:1\nb 127.0.0.1:65535\n')).toHaveLength(2))
})

test('a file that is not there is a fault of the configuration, by its name', async () => {
  await expect(endpointHosts(join(folder, 'nowhere'))).rejects.toMatchObject({
    code: 'BadConfig',
    message: expect.stringMatching(/^ENDPOINT_HOSTS .*nowhere: cannot be read/),
  })
})
