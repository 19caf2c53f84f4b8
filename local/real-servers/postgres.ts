import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Place, Program } from './server.ts'

/** PostgreSQL, with the superuser and the database `app`; whoever comes over loopback is trusted. */
export const postgres = (folder: string): Program => ({
  name: 'postgres',
  install: ({ data }) => [
    { file: join(folder, 'initdb'), args: ['-D', data, '-U', 'app', '-A', 'trust', '--no-sync', '--no-instructions'] },
    { file: join(folder, 'postgres'), args: ['--single', '-D', data, '-c', 'fsync=off', 'postgres'], input: 'CREATE DATABASE app\n' },
  ],
  start({ data, port, chain, key }: Place) {
    const files = ['ssl=on', `ssl_cert_file=${chain}`, `ssl_key_file=${key}`]
    const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'fsync=off', 'shared_buffers=1MB', ...files]
    return { file: join(folder, 'postgres'), args: ['-D', data, ...settings.flatMap(setting => ['-c', setting])] }
  },
  ready: /database system is ready to accept connections/,
  // The fast shutdown, which does not wait for clients.
  stop: 'SIGINT',
  async reload({ port }, child) {
    child.kill('SIGHUP')
    await takesUp(port)
  },
})

/** The signal is acted on a moment later; new connections get the new files once the postmaster has read them. */
async function takesUp(port: number): Promise<void> {
  for (let tries = 0; tries < 5; tries++) {
    await new Promise(resolve => setTimeout(resolve, 20))
    await new Promise<void>(resolve => {
      const socket: Socket = createConnection({ host: '127.0.0.1', port }, () => socket.end())
      socket.once('close', () => resolve()).once('error', () => {})
    })
  }
}
