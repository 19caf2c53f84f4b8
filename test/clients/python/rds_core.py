"""Alibaba's older SDK, which signs by the RPC signature 1.0."""
import json

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkrds.request.v20140815.DescribeActiveOperationTasksRequest import DescribeActiveOperationTasksRequest
from aliyunsdkrds.request.v20140815.DescribeDBInstanceAttributeRequest import DescribeDBInstanceAttributeRequest
from aliyunsdkrds.request.v20140815.DescribeDBInstancesRequest import DescribeDBInstancesRequest
from aliyunsdkrds.request.v20140815.DescribeDBInstanceSSLRequest import DescribeDBInstanceSSLRequest
from aliyunsdkrds.request.v20140815.DescribeHistoryTasksRequest import DescribeHistoryTasksRequest
from aliyunsdkrds.request.v20140815.ModifyActiveOperationTasksRequest import ModifyActiveOperationTasksRequest
from aliyunsdkrds.request.v20140815.ModifyDBInstanceSSLRequest import ModifyDBInstanceSSLRequest

from cases import KEY, SECRET, WRONG, Program, check, env, equal, minutes_from_now, refused, until

program = Program('RDS', 'aliyun-python-sdk-rds')
HANGZHOU = int(env['HANGZHOU_COUNT'])


def call(request, secret=SECRET, **parameters):
    request.set_endpoint(env['RDS_ENDPOINT'])
    request.set_protocol_type('http')
    request.set_accept_format('json')
    for name, value in parameters.items():
        getattr(request, f'set_{name}')(value)
    return json.loads(AcsClient(KEY, secret, 'cn-hangzhou', auto_retry=False).do_action_with_exception(request))


def page(**parameters):
    return call(DescribeDBInstancesRequest(), **parameters)


def ids(body):
    return [one['DBInstanceId'] for one in body['Items']['DBInstance']]


def ssl(instance):
    return call(DescribeDBInstanceSSLRequest(), DBInstanceId=instance)


def status(instance):
    reply = call(DescribeDBInstanceAttributeRequest(), DBInstanceId=instance)
    return reply['Items']['DBInstanceAttribute'][0]['DBInstanceStatus']


with program.case('lists by page number') as saw:
    pages = [page(PageNumber=number, PageSize=5) for number in (1, 2, 3, 4)]
    equal([len(ids(one)) for one in pages], [5, 5, 2, 0])
    equal(len({one for some in pages for one in ids(some)}), HANGZHOU)
    saw('5 + 5 + 2 of', pages[0]['TotalRecordCount'])

with program.case('lists by token') as saw:
    body = page(MaxResults=5)
    found = ids(body)
    while body['NextToken']:
        body = page(MaxResults=5, NextToken=body['NextToken'])
        found += ids(body)
    equal(len(found), HANGZHOU)
    equal(len(set(found)), HANGZHOU)
    saw(HANGZHOU, 'by NextToken')

with program.case('describes SSL of each engine') as saw:
    mysql, mssql, postgres = ssl('rm-my00'), ssl('rm-mssql'), ssl('pgm-1')
    equal((mysql['SSLEnabled'], mssql['SSLEnabled'], postgres['SSLEnabled']), ('Yes', 'Yes', 'on'))
    saw(mysql['SSLEnabled'], mssql['SSLEnabled'], postgres['SSLEnabled'], mysql['SSLExpireTime'])

with program.case('updates validity and waits') as saw:
    before = ssl('rm-mssql')
    call(ModifyDBInstanceSSLRequest(), DBInstanceId='rm-mssql', ConnectionString=before['ConnectionString'], SSLEnabled=2)
    until(lambda: status('rm-mssql') == 'SSL_MODIFYING')
    until(lambda: status('rm-mssql') == 'Running')
    after = until(lambda: [one for one in [ssl('rm-mssql')] if one['SSLExpireTime'] != before['SSLExpireTime']])[0]
    check(after['SSLExpireTime'] > before['SSLExpireTime'], after)
    saw('SSL_MODIFYING, then Running;', before['SSLExpireTime'], '→', after['SSLExpireTime'])

with program.case('finds the update among the history tasks') as saw:
    body = call(
        DescribeHistoryTasksRequest(),
        InstanceId='rm-mssql',
        FromStartTime=minutes_from_now(-60),
        ToStartTime=minutes_from_now(5),
    )
    equal([(task['InstanceId'], task['Status']) for task in body['Items']], [('rm-mssql', 'Succeed')])
    saw(body['Items'][0]['TaskType'], body['Items'][0]['Status'])

with program.case('moves a scheduled task') as saw:
    (task,) = call(DescribeActiveOperationTasksRequest(), Region='cn-hangzhou', TaskType='all')['Items']
    equal((task['InsName'], task['AllowChange']), ('rm-my03', '1'))
    wanted = env['TASK_SWITCH_TIME']
    call(ModifyActiveOperationTasksRequest(), Ids=str(task['Id']), ImmediateStart=0, SwitchTime=wanted)
    (task,) = call(DescribeActiveOperationTasksRequest(), Region='cn-hangzhou', TaskType='all')['Items']
    equal(task['SwitchTime'], wanted)
    saw(task['TaskType'], 'to', task['SwitchTime'])

with program.case('reads a refusal as its own error') as saw:
    error = refused(ServerException, lambda: ssl('rm-nowhere'))
    equal((error.get_error_code(), error.get_http_status()), ('InvalidDBInstanceId.NotFound', 404))
    saw(type(error).__name__, error.get_error_code(), error.get_http_status())

with program.case('is refused with a wrong secret') as saw:
    error = refused(ServerException, lambda: call(DescribeDBInstancesRequest(), WRONG))
    # The SDK says so only where the server's string to sign equals its own.
    equal(error.get_error_code(), 'InvalidAccessKeySecret')
    saw(type(error).__name__, error.get_error_code(), 'after comparing the strings to sign')
