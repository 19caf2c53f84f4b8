import json
import urllib.error
import urllib.request

import oss2
from oss2.exceptions import NoSuchKey, NotModified, ServerError

from cases import KEY, SECRET, WRONG, Program, check, env, equal, refused

program = Program('OSS', 'oss2')
ODD = json.loads(env['ODD_KEYS'])


def bucket(key=KEY, secret=SECRET, token=None):
    credentials = oss2.credentials.StaticCredentialsProvider(key, secret, token)
    auth = oss2.ProviderAuthV4(credentials)
    return oss2.Bucket(auth, env['OSS_ENDPOINT'], env['BUCKET'], region=env['REGION'], is_path_style=True)


oss = bucket()

with program.case('puts and gets') as saw:
    put = oss.put_object('plain.txt', 'hello', headers={'x-oss-meta-owner': 'python', 'Content-Type': 'text/plain'})
    got = oss.get_object('plain.txt')
    equal(got.read(), b'hello')
    equal((got.etag, got.content_type, got.headers['x-oss-meta-owner']), (put.etag, 'text/plain', 'python'))
    equal(oss.get_object('plain.txt', byte_range=(1, 3)).read(), b'ell')
    saw('etag', got.etag)

with program.case('creates once, and not again') as saw:
    once = {'x-oss-forbid-overwrite': 'true'}
    oss.put_object('once.json', '1', headers=once)
    error = refused(ServerError, lambda: oss.put_object('once.json', '2', headers=once))
    equal((error.status, error.code), (409, 'FileAlreadyExists'))
    equal(oss.get_object('once.json').read(), b'1')
    saw(error.status, error.code)

with program.case('is told that nothing changed (304)') as saw:
    error = refused(NotModified, lambda: oss.get_object('plain.txt', headers={'If-None-Match': f'"{put.etag}"'}))
    equal(error.status, 304)
    saw(type(error).__name__, error.status)

with program.case('lists V2 page by page, with odd keys') as saw:
    for key in ODD:
        oss.put_object(f'odd/{key}', key)
    for key in ODD:
        equal(oss.get_object(f'odd/{key}').read(), key.encode())
    pages, token = [], ''
    while True:
        page = oss.list_objects_v2(prefix='odd/', max_keys=2, continuation_token=token)
        pages.append([one.key for one in page.object_list])
        token = page.next_continuation_token
        if not page.is_truncated:
            break
    found = [key for page in pages for key in page]
    equal(found, sorted((f'odd/{key}' for key in ODD), key=lambda key: key.encode()))
    folders = oss.list_objects_v2(prefix='odd/', delimiter='/').prefix_list
    equal(sorted(folders), ['odd/a/', 'odd/über/'])
    saw(len(found), 'keys on', len(pages), 'pages; folders', ' '.join(folders))

with program.case('signs URLs that anyone may use') as saw:
    url = oss.sign_url('GET', f'odd/{ODD[0]}', 60, slash_safe=True)
    equal(urllib.request.urlopen(url).read(), ODD[0].encode())
    error = refused(urllib.error.HTTPError, lambda: urllib.request.urlopen(url.replace('x-oss-expires=60', 'x-oss-expires=61')))
    equal(error.code, 403)
    saw('used, and refused with one digit changed')

with program.case('copies') as saw:
    oss.copy_object(env['BUCKET'], f'odd/{ODD[1]}', 'copied.txt')
    equal(oss.get_object('copied.txt').read(), ODD[1].encode())
    saw(ODD[1])

with program.case('deletes') as saw:
    oss.delete_object('copied.txt')
    refused(NoSuchKey, lambda: oss.get_object('copied.txt'))
    equal(oss.delete_object('copied.txt').status, 204)
    saw('204, and 204 again')

with program.case('works as a role session') as saw:
    session = bucket(env['SESSION_KEY_ID'], env['SESSION_KEY_SECRET'], env['SESSION_TOKEN'])
    equal(session.get_object('plain.txt').read(), b'hello')
    error = refused(ServerError, lambda: bucket(env['SESSION_KEY_ID'], env['SESSION_KEY_SECRET']).get_object('plain.txt'))
    saw('without its token:', error.code)

with program.case('reads a refusal as its own error') as saw:
    error = refused(NoSuchKey, lambda: oss.get_object('nowhere'))
    equal((error.status, error.code), (404, 'NoSuchKey'))
    check(error.request_id, 'no request id')
    saw(type(error).__name__, error.status)

with program.case('is refused with a wrong secret') as saw:
    error = refused(ServerError, lambda: bucket(secret=WRONG).get_object('plain.txt'))
    equal((error.status, error.code), (403, 'SignatureDoesNotMatch'))
    saw(type(error).__name__, error.code)
