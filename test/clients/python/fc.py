import json

from alibabacloud_fc20230330.client import Client
from alibabacloud_fc20230330 import models
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.exceptions import DaraException
from darabonba.runtime import RuntimeOptions

from cases import KEY, SECRET, WRONG, Program, env, equal, refused

program = Program('FC', 'alibabacloud-fc20230330')


def invoke(event, name=env['FUNCTION'], secret=SECRET, **headers):
    client = Client(Config(access_key_id=KEY, access_key_secret=secret, endpoint=env['FC_ENDPOINT'], protocol='http', region_id=env['REGION']))
    return client.invoke_function_with_options(
        name, models.InvokeFunctionRequest(body=event), models.InvokeFunctionHeaders(**headers), RuntimeOptions()
    )


def text(reply):
    body = reply.body.read() if hasattr(reply.body, 'read') else reply.body
    return body if isinstance(body, str) else body.decode()


with program.case('invokes a function') as saw:
    reply = invoke('hello')
    equal(json.loads(text(reply))['text'], 'hello')
    equal(reply.status_code, 200)
    saw(reply.status_code, 'and what it returned')

with program.case('invokes asynchronously') as saw:
    reply = invoke('later', x_fc_invocation_type='Async')
    equal(reply.status_code, 202)
    saw(reply.status_code)

with program.case('tells a failed function from a failed call') as saw:
    reply = invoke('throw')
    kind = {name.lower(): value for name, value in reply.headers.items()}['x-fc-error-type']
    equal(json.loads(text(reply))['errorType'], 'TypeError')
    saw(reply.status_code, 'with x-fc-error-type', kind)

with program.case('reads a refusal as its own error') as saw:
    error = refused(DaraException, lambda: invoke('hello', 'nobody'))
    equal((error.code, error.status_code), ('FunctionNotFound', 404))
    saw(type(error).__name__, error.code, error.status_code)

with program.case('is refused with a wrong secret') as saw:
    error = refused(DaraException, lambda: invoke('hello', secret=WRONG))
    equal(error.code, 'SignatureDoesNotMatch')
    saw(type(error).__name__, error.code)
