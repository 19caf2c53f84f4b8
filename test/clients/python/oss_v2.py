import json
import urllib.error
import urllib.request

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.exceptions import OperationError, ServiceError

from cases import KEY, SECRET, WRONG, Program, check, env, equal, refused

program = Program('OSS', 'alibabacloud-oss-v2')
ODD = json.loads(env['ODD_KEYS'])
BUCKET = env['BUCKET']


def client(key=KEY, secret=SECRET, token=None):
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(key, secret, token)
    config.region = env['REGION']
    config.endpoint = env['OSS_ENDPOINT']
    config.use_path_style = True
    return oss.Client(config)


def fault(call):
    """The service's error that a call ends in."""
    error = refused(OperationError, call).unwrap()
    check(isinstance(error, ServiceError), f'{type(error).__name__}: {error}')
    return error


def put(key, body, **more):
    return own.put_object(oss.PutObjectRequest(bucket=BUCKET, key=key, body=body, **more))


def get(key, of=None, **more):
    return (of or own).get_object(oss.GetObjectRequest(bucket=BUCKET, key=key, **more))


own = client()

with program.case('puts and gets') as saw:
    done = put('plain.txt', b'hello', content_type='text/plain', metadata={'owner': 'python'})
    got = get('plain.txt')
    equal(got.body.read(), b'hello')
    equal((got.etag, got.content_type, got.metadata['owner']), (done.etag, 'text/plain', 'python'))
    equal(get('plain.txt', range_header='bytes=1-3').body.read(), b'ell')
    saw('etag', got.etag)

with program.case('creates once, and not again') as saw:
    put('once.json', b'1', forbid_overwrite=True)
    error = fault(lambda: put('once.json', b'2', forbid_overwrite=True))
    equal((error.status_code, error.code), (409, 'FileAlreadyExists'))
    equal(get('once.json').body.read(), b'1')
    saw(error.status_code, error.code)

with program.case('is told that nothing changed (304)') as saw:
    error = fault(lambda: get('plain.txt', if_none_match=done.etag))
    equal(error.status_code, 304)
    saw(type(error).__name__, error.status_code)

with program.case('lists V2 page by page, with odd keys') as saw:
    for key in ODD:
        put(f'odd/{key}', key.encode())
    for key in ODD:
        equal(get(f'odd/{key}').body.read(), key.encode())
    paginator = own.list_objects_v2_paginator(limit=2)
    pages = [[one.key for one in page.contents] for page in paginator.iter_page(oss.ListObjectsV2Request(bucket=BUCKET, prefix='odd/'))]
    found = [key for page in pages for key in page]
    equal(found, sorted((f'odd/{key}' for key in ODD), key=lambda key: key.encode()))
    page = own.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET, prefix='odd/', delimiter='/'))
    folders = [one.prefix for one in page.common_prefixes]
    equal(sorted(folders), ['odd/a/', 'odd/über/'])
    saw(len(found), 'keys on', len(pages), 'pages; folders', ' '.join(folders))

with program.case('signs URLs that anyone may use') as saw:
    url = own.presign(oss.GetObjectRequest(bucket=BUCKET, key=f'odd/{ODD[0]}')).url
    equal(urllib.request.urlopen(url).read(), ODD[0].encode())
    error = refused(urllib.error.HTTPError, lambda: urllib.request.urlopen(url.replace('x-oss-expires=', 'x-oss-expires=1')))
    equal(error.code, 403)
    saw('used, and refused with one digit more')

with program.case('copies') as saw:
    own.copy_object(oss.CopyObjectRequest(bucket=BUCKET, key='copied.txt', source_key=f'odd/{ODD[1]}'))
    equal(get('copied.txt').body.read(), ODD[1].encode())
    saw(ODD[1])

with program.case('deletes') as saw:
    own.delete_object(oss.DeleteObjectRequest(bucket=BUCKET, key='copied.txt'))
    equal(fault(lambda: get('copied.txt')).code, 'NoSuchKey')
    equal(own.delete_object(oss.DeleteObjectRequest(bucket=BUCKET, key='copied.txt')).status_code, 204)
    saw('204, and 204 again')

with program.case('works as a role session') as saw:
    session = client(env['SESSION_KEY_ID'], env['SESSION_KEY_SECRET'], env['SESSION_TOKEN'])
    equal(get('plain.txt', session).body.read(), b'hello')
    error = fault(lambda: get('plain.txt', client(env['SESSION_KEY_ID'], env['SESSION_KEY_SECRET'])))
    saw('without its token:', error.code)

with program.case('reads a refusal as its own error') as saw:
    error = fault(lambda: get('nowhere'))
    equal((error.status_code, error.code), (404, 'NoSuchKey'))
    check(error.request_id, 'no request id')
    saw(type(error).__name__, error.code)

with program.case('is refused with a wrong secret') as saw:
    error = fault(lambda: get('plain.txt', client(secret=WRONG)))
    equal((error.status_code, error.code), (403, 'SignatureDoesNotMatch'))
    saw(type(error).__name__, error.code)
