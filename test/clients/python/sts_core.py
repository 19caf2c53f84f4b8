import json

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdksts.request.v20150401.AssumeRoleRequest import AssumeRoleRequest
from aliyunsdksts.request.v20150401.GetCallerIdentityRequest import GetCallerIdentityRequest

from cases import KEY, SECRET, WRONG, Program, env, equal, refused

program = Program('STS', 'aliyun-python-sdk-sts')
ACCOUNT = env['ACCOUNT_ID']


def call(request, client):
    request.set_endpoint(env['STS_ENDPOINT'])
    request.set_protocol_type('http')
    request.set_accept_format('json')
    return json.loads(client.do_action_with_exception(request))


def client(secret=SECRET):
    return AcsClient(KEY, secret, 'cn-hangzhou', auto_retry=False)


def assume(role):
    request = AssumeRoleRequest()
    request.set_RoleArn(f'acs:ram::{ACCOUNT}:role/{role}')
    request.set_RoleSessionName('python')
    request.set_DurationSeconds(900)
    return call(request, client())


with program.case('asks who it is') as saw:
    who = call(GetCallerIdentityRequest(), client())
    equal((who['AccountId'], who['IdentityType']), (ACCOUNT, 'RAMUser'))
    saw(who['Arn'])

with program.case('assumes a role') as saw:
    given = assume('reader')['Credentials']
    session = AcsClient(
        region_id='cn-hangzhou',
        auto_retry=False,
        credential=StsTokenCredential(given['AccessKeyId'], given['AccessKeySecret'], given['SecurityToken']),
    )
    who = call(GetCallerIdentityRequest(), session)
    equal(who['Arn'], f'acs:ram::{ACCOUNT}:assumed-role/reader/python')
    saw(who['Arn'], 'until', given['Expiration'])

with program.case('reads a refusal as its own error') as saw:
    error = refused(ServerException, lambda: assume('nobody'))
    equal(error.get_error_code(), 'EntityNotExist.Role')
    saw(type(error).__name__, error.get_error_code())

with program.case('is refused with a wrong secret') as saw:
    error = refused(ServerException, lambda: call(GetCallerIdentityRequest(), client(WRONG)))
    # The SDK says so only where the server's string to sign equals its own.
    equal(error.get_error_code(), 'InvalidAccessKeySecret')
    saw(type(error).__name__, error.get_error_code(), 'after comparing the strings to sign')
