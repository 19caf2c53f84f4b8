"""Alibaba's generated SDK (signature ACS3-HMAC-SHA256)."""
from alibabacloud_rds20140815.client import Client
from alibabacloud_rds20140815 import models
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.exceptions import DaraException

from cases import KEY, SECRET, WRONG, Program, check, env, equal, minutes_from_now, refused, until

program = Program('RDS', 'alibabacloud-rds20140815')


def client(secret=SECRET):
    return Client(Config(access_key_id=KEY, access_key_secret=secret, endpoint=env['RDS_ENDPOINT'], protocol='http', region_id=env['REGION']))


rds = client()
HANGZHOU = int(env['HANGZHOU_COUNT'])


def page(**more):
    return rds.describe_dbinstances(models.DescribeDBInstancesRequest(region_id='cn-hangzhou', **more)).body


def ids(body):
    return [one.dbinstance_id for one in body.items.dbinstance]


def ssl(instance):
    return rds.describe_dbinstance_ssl(models.DescribeDBInstanceSSLRequest(dbinstance_id=instance)).body


def status(instance):
    reply = rds.describe_dbinstance_attribute(models.DescribeDBInstanceAttributeRequest(dbinstance_id=instance))
    return reply.body.items.dbinstance_attribute[0].dbinstance_status


with program.case('lists by page number') as saw:
    pages = [page(page_number=number, page_size=5) for number in (1, 2, 3, 4)]
    equal([len(ids(one)) for one in pages], [5, 5, 2, 0])
    equal(len({one for some in pages for one in ids(some)}), HANGZHOU)
    equal([one.total_record_count for one in pages], [HANGZHOU] * 4)
    saw('5 + 5 + 2 of', pages[0].total_record_count)

with program.case('lists by token') as saw:
    found, sizes, token = [], [], None
    while token != '':
        body = page(max_results=5, next_token=token)
        found += ids(body)
        sizes.append(len(ids(body)))
        token = body.next_token or ''
    equal(sizes, [5, 5, 2])
    equal(len(set(found)), HANGZHOU)
    saw('5 + 5 + 2, then no NextToken')

with program.case('describes SSL of each engine') as saw:
    mysql, mssql, postgres = ssl('rm-my00'), ssl('rm-mssql'), ssl('pgm-1')
    equal((mysql.sslenabled, mssql.sslenabled, postgres.sslenabled), ('Yes', 'Yes', 'on'))
    equal((mssql.force_encryption, postgres.catype), ('0', 'aliyun'))
    check(mysql.sslexpire_time.endswith('Z'), mysql.sslexpire_time)
    saw(mysql.sslenabled, mssql.sslenabled, postgres.sslenabled, mysql.sslexpire_time)

with program.case('updates validity and waits') as saw:
    before = ssl('rm-mssql')
    rds.modify_dbinstance_ssl(
        models.ModifyDBInstanceSSLRequest(dbinstance_id='rm-mssql', connection_string=before.connection_string, sslenabled=2)
    )
    until(lambda: status('rm-mssql') == 'SSL_MODIFYING')
    until(lambda: status('rm-mssql') == 'Running')
    after = until(lambda: ssl('rm-mssql').sslexpire_time != before.sslexpire_time and ssl('rm-mssql'))
    check(after.sslexpire_time > before.sslexpire_time, after.sslexpire_time)
    saw('SSL_MODIFYING, then Running;', before.sslexpire_time, '→', after.sslexpire_time)

with program.case('finds the update among the history tasks') as saw:
    tasks = rds.describe_history_tasks(
        models.DescribeHistoryTasksRequest(
            region_id='cn-hangzhou', instance_id='rm-mssql', from_start_time=minutes_from_now(-60), to_start_time=minutes_from_now(5)
        )
    ).body.items
    equal([(task.instance_id, task.status) for task in tasks], [('rm-mssql', 'Succeed')])
    saw(tasks[0].task_type, tasks[0].status)

with program.case('moves a scheduled task') as saw:
    request = models.DescribeActiveOperationTasksRequest(region='cn-hangzhou', task_type='all')
    (task,) = rds.describe_active_operation_tasks(request).body.items
    equal((task.ins_name, task.allow_change, task.status), ('rm-my03', '1', 3))
    wanted = env['TASK_SWITCH_TIME']
    rds.modify_active_operation_tasks(
        models.ModifyActiveOperationTasksRequest(ids=str(task.id), immediate_start=0, switch_time=wanted)
    )
    (task,) = rds.describe_active_operation_tasks(request).body.items
    equal(task.switch_time, wanted)
    saw(task.task_type, 'to', task.switch_time)

with program.case('reads a refusal as its own error') as saw:
    error = refused(DaraException, lambda: ssl('rm-nowhere'))
    equal((error.code, error.status_code), ('InvalidDBInstanceId.NotFound', 404))
    saw(type(error).__name__, error.code, error.status_code)

with program.case('is refused with a wrong secret') as saw:
    error = refused(
        DaraException,
        lambda: client(WRONG).describe_dbinstances(models.DescribeDBInstancesRequest(region_id='cn-hangzhou')),
    )
    equal(error.code, 'SignatureDoesNotMatch')
    saw(type(error).__name__, error.code)
