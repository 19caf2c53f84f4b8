import { describe, expect, test } from 'vitest'
import { readFault } from '../../../local/model/fault-text.ts'

const functions = ['rds-tls-update-validity', 'rds-tls-notify', 'rds-tls-probe-vpc-1', 'rds-tls-probe-vpc-2']
const read = (text: string) => readFault(text, functions)

describe('a fault as it is written', () => {
  test.each([
    ['rds:modify:hang-after', { service: 'rds', actions: ['ModifyDBInstanceSSL'], kind: { kind: 'hang', when: 'after' } }],
    ['rds:modify:hang-after-effect', { kind: { kind: 'hang', when: 'after' } }],
    ['rds:modify:hang-before-effect', { kind: { kind: 'hang', when: 'before' } }],
    ['rds:describedbinstancessl:html', { actions: ['DescribeDBInstanceSSL'] }],
    ['rds:DescribeDBInstanceSSL:html', { actions: ['DescribeDBInstanceSSL'], kind: { kind: 'html', when: 'before' } }],
    ['rds:*:5xx-after:0.25', { actions: '*', kind: { kind: '5xx', when: 'after' }, frequency: { share: 0.25 } }],
    ['oss:put@ca/latest:empty-after:3', { about: 'ca/latest', kind: { kind: 'empty', when: 'after' }, frequency: { first: 3 } }],
    ['oss:copyobject:kill', { actions: ['CopyObject'], kind: { kind: 'kill', when: 'before' }, frequency: { first: 1 } }],
    ['mns:send@notify:duplicate:every=2', { actions: ['SendMessage', 'BatchSendMessage'], about: 'notify', frequency: { every: 2 } }],
    ['mns:send:delay=5s', { kind: { kind: 'delay', ms: 5000 } }],
    ['fc:invoke:delay=250ms', { actions: ['InvokeFunction'], kind: { kind: 'delay', ms: 250 } }],
    ['chat:robot:throttle', { actions: ['RobotSend'], kind: { kind: 'throttle' } }],
    ['rds:modify@mysql57-due:keeps-old-leaf', { about: 'mysql57-due', kind: { kind: 'keeps-old-leaf' } }],
    ['fc:update-validity:clock-skew=-3m', { actions: ['rds-tls-update-validity'], kind: { kind: 'clock-skew', ms: -180_000 } }],
    ['fc:*:clock-skew=+1h', { actions: '*', kind: { kind: 'clock-skew', ms: 3_600_000 } }],
  ])('%s is read', (text, expected) => {
    expect(read(text)).toMatchObject({ text, ...expected })
  })

  test.each([
    ['rds:modify', 'it must be SERVICE:ACTION:KIND'],
    ['', 'it must be SERVICE:ACTION:KIND'],
    ['rds:modify:html:1:2', 'it must be SERVICE:ACTION:KIND'],
    ['redis:get:html', 'unknown service "redis": known are rds, mns, oss, fc, sts, chat'],
    ['rds:modfiy:html', 'unknown action "modfiy" of rds: known are modify, list'],
    ['mns:put:html', 'known are send, receive'],
    ['rds:modify:hmtl', 'unknown kind "hmtl": known are hang-before, hang-after, html'],
    ['rds:modify:hang-during', 'unknown kind'],
    ['rds:modify:delay', 'unknown kind'],
    ['rds:modify:delay=-5s', 'unknown kind'],
    ['rds:modify:delay=5', 'unknown kind'],
    ['rds:modify:throttle=5s', 'unknown kind'],
    ['rds:modify:html:0', '"0" is no frequency: say 3, 0.2 or every=2'],
    ['rds:modify:html:1.5', 'is no frequency'],
    ['rds:modify:html:0.0', 'is no frequency'],
    ['rds:modify:html:every=0', 'is no frequency'],
    ['rds:modify@:html', 'nothing follows the @'],
    ['rds:modify:duplicate', 'duplicate befalls messages: write mns:send'],
    ['mns:*:loss', 'write mns:send'],
    ['mns:receive:reorder', 'write mns:send'],
    ['mns:*:delay=1s', 'write mns:send'],
    ['rds:*:keeps-old-leaf', 'write rds:modify'],
    ['oss:put:keeps-old-leaf', 'write rds:modify'],
    ['rds:*:clock-skew=1m', 'write fc:FUNCTION:clock-skew=-3m'],
    ['fc:notfiy:clock-skew=1m', 'unknown function "notfiy": known are rds-tls-update-validity, rds-tls-notify'],
    ['fc:notify@x:clock-skew=1m', 'leave the @ out'],
    ['fc:notify:html', 'unknown action "notify" of fc'],
  ])('%s is refused, naming what is wrong and what is known', (text, expected) => {
    expect(read(text)).toEqual(expect.stringContaining(expected))
    expect(read(text)).toEqual(expect.stringContaining(JSON.stringify(text)))
  })
})
