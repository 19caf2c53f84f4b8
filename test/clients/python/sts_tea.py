from alibabacloud_sts20150401.client import Client
from alibabacloud_sts20150401 import models
from alibabacloud_tea_openapi.models import Config
from Tea.exceptions import TeaException

from cases import KEY, SECRET, WRONG, Program, check, env, equal, refused

program = Program('STS', 'alibabacloud-sts20150401')
ACCOUNT = env['ACCOUNT_ID']


def client(key=KEY, secret=SECRET, token=None):
    return Client(
        Config(access_key_id=key, access_key_secret=secret, security_token=token, endpoint=env['STS_ENDPOINT'], protocol='http')
    )


def assume(role='reader', seconds=900):
    return client().assume_role(
        models.AssumeRoleRequest(role_arn=f'acs:ram::{ACCOUNT}:role/{role}', role_session_name='python', duration_seconds=seconds)
    )


with program.case('asks who it is') as saw:
    who = client().get_caller_identity().body
    equal((who.account_id, who.identity_type), (ACCOUNT, 'RAMUser'))
    saw(who.arn)

with program.case('assumes a role') as saw:
    given = assume().body.credentials
    who = client(given.access_key_id, given.access_key_secret, given.security_token).get_caller_identity().body
    equal(who.arn, f'acs:ram::{ACCOUNT}:assumed-role/reader/python')
    check(given.expiration.endswith('Z'), given.expiration)
    saw(who.arn, 'until', given.expiration)

with program.case('reads a refusal as its own error') as saw:
    error = refused(TeaException, lambda: assume(role='nobody'))
    equal(error.code, 'EntityNotExist.Role')
    tokenless = refused(TeaException, lambda: client(given.access_key_id, given.access_key_secret).get_caller_identity())
    saw(type(error).__name__, error.code, 'and without the token', tokenless.code)

with program.case('is refused with a wrong secret') as saw:
    error = refused(TeaException, lambda: client(secret=WRONG).get_caller_identity())
    equal(error.code, 'SignatureDoesNotMatch')
    saw(type(error).__name__, error.code)
