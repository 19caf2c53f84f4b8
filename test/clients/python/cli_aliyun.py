"""Alibaba's CLI. Arguments: the service, and the CLI's version; its program is BINARY."""
import json
import subprocess
import sys
import time

from cases import KEY, SECRET, WRONG, Program, check, env, equal, minutes_from_now, until

SERVICE = sys.argv[1]
program = Program(SERVICE, 'aliyun CLI', sys.argv[2])


class Refused(Exception):
    pass


def aliyun(product, action, *given, secret=SECRET, key=KEY, token=None):
    who = ['--access-key-id', key, '--access-key-secret', secret, '--mode', 'StsToken' if token else 'AK', '--region', 'cn-hangzhou']
    who += ['--sts-token', token] if token else []
    where = ['--endpoint', env[f'{SERVICE}_ENDPOINT'], '--insecure']
    ran = subprocess.run([env['BINARY'], *who, product, action, *given, *where], capture_output=True, text=True, timeout=60, check=False)
    if ran.returncode != 0:
        raise Refused(ran.stderr + ran.stdout)
    return json.loads(ran.stdout)


def refused(call, code):
    try:
        call()
    except Refused as error:
        check(f'ErrorCode: {code}' in str(error), error)
        return str(error)
    raise AssertionError('the call succeeded')


def ssl(instance, **who):
    return aliyun('rds', 'DescribeDBInstanceSSL', '--DBInstanceId', instance, **who)


def rds():
    hangzhou = int(env['HANGZHOU_COUNT'])
    listing = ['rds', 'DescribeDBInstances', '--RegionId', 'cn-hangzhou']

    with program.case('lists by page number') as saw:
        body = aliyun(*listing, '--pager', 'path=Items.DBInstance', 'PageSize=5')
        ids = {one['DBInstanceId'] for one in body['Items']['DBInstance']}
        equal(len(ids), hangzhou)
        saw('--pager gathered', len(ids))

    with program.case('lists by token') as saw:
        found, sizes, token = [], [], []
        while True:
            body = aliyun(*listing, '--MaxResults', '5', *token)
            found += [one['DBInstanceId'] for one in body['Items']['DBInstance']]
            sizes.append(len(body['Items']['DBInstance']))
            if not body['NextToken']:
                break
            token = ['--NextToken', body['NextToken']]
        equal((sizes, len(set(found))), ([5, 5, 2], hangzhou))
        saw('5 + 5 + 2, then no NextToken')

    with program.case('describes SSL of each engine') as saw:
        told = [ssl(instance)['SSLEnabled'] for instance in ('rm-my00', 'rm-mssql', 'pgm-1')]
        equal(told, ['Yes', 'Yes', 'on'])
        saw(*told)

    with program.case('updates validity and waits') as saw:
        before = ssl('rm-mssql')
        given = ['--DBInstanceId', 'rm-mssql', '--ConnectionString', before['ConnectionString'], '--SSLEnabled', '2']
        aliyun('rds', 'ModifyDBInstanceSSL', *given)
        time.sleep(0.6)
        waiter = ['expr=Items.DBInstanceAttribute[0].DBInstanceStatus', 'to=Running', 'timeout=20', 'interval=2']
        aliyun('rds', 'DescribeDBInstanceAttribute', '--DBInstanceId', 'rm-mssql', '--waiter', *waiter)
        after = until(lambda: [one for one in [ssl('rm-mssql')] if one['SSLExpireTime'] > before['SSLExpireTime']])[0]
        saw('--waiter to=Running;', before['SSLExpireTime'], '→', after['SSLExpireTime'])

    with program.case('finds the update among the history tasks') as saw:
        window = ['--FromStartTime', minutes_from_now(-60), '--ToStartTime', minutes_from_now(5)]
        (task,) = aliyun('rds', 'DescribeHistoryTasks', '--RegionId', 'cn-hangzhou', '--InstanceId', 'rm-mssql', *window)['Items']
        equal(task['Status'], 'Succeed')
        saw(task['TaskType'], task['Status'])

    with program.case('moves a scheduled task') as saw:
        asking = ['rds', 'DescribeActiveOperationTasks', '--Region', 'cn-hangzhou', '--TaskType', 'all']
        (task,) = aliyun(*asking)['Items']
        wanted = env['TASK_SWITCH_TIME']
        aliyun('rds', 'ModifyActiveOperationTasks', '--Ids', str(task['Id']), '--ImmediateStart', '0', '--SwitchTime', wanted)
        (task,) = aliyun(*asking)['Items']
        equal(task['SwitchTime'], wanted)
        saw(task['TaskType'], 'to', wanted)

    with program.case('reads a refusal as its own error') as saw:
        refused(lambda: ssl('rm-nowhere'), 'InvalidDBInstanceId.NotFound')
        saw('SDK.ServerError InvalidDBInstanceId.NotFound')

    with program.case('is refused with a wrong secret') as saw:
        words = refused(lambda: ssl('rm-my00', secret=WRONG), 'SignatureDoesNotMatch')
        check('InvalidAccessKeySecret' in words, words)
        saw('SignatureDoesNotMatch after comparing the strings to sign')


def sts():
    account = env['ACCOUNT_ID']

    def assume(role):
        arn = f'acs:ram::{account}:role/{role}'
        return aliyun('sts', 'AssumeRole', '--RoleArn', arn, '--RoleSessionName', 'cli', '--DurationSeconds', '900')

    with program.case('asks who it is') as saw:
        who = aliyun('sts', 'GetCallerIdentity')
        equal((who['AccountId'], who['IdentityType']), (account, 'RAMUser'))
        saw(who['Arn'])

    with program.case('assumes a role') as saw:
        given = assume('reader')['Credentials']
        session = {'key': given['AccessKeyId'], 'secret': given['AccessKeySecret'], 'token': given['SecurityToken']}
        who = aliyun('sts', 'GetCallerIdentity', **session)
        equal(who['Arn'], f'acs:ram::{account}:assumed-role/reader/cli')
        saw(who['Arn'])

    with program.case('reads a refusal as its own error') as saw:
        refused(lambda: assume('nobody'), 'EntityNotExist.Role')
        saw('SDK.ServerError EntityNotExist.Role')

    with program.case('is refused with a wrong secret') as saw:
        words = refused(lambda: aliyun('sts', 'GetCallerIdentity', secret=WRONG), 'SignatureDoesNotMatch')
        check('InvalidAccessKeySecret' in words, words)
        saw('SignatureDoesNotMatch after comparing the strings to sign')


{'RDS': rds, 'STS': sts}[SERVICE]()
