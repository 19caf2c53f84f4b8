"""ossutil 1. Argument: its version; its program is BINARY. It lists by the older ListObjects alone."""
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from cases import KEY, SECRET, WRONG, Program, check, env, equal

program = Program('OSS', 'ossutil', sys.argv[1])
ODD = json.loads(env['ODD_KEYS'])
BUCKET = f'oss://{env["BUCKET"]}'
folder = tempfile.mkdtemp()


class Refused(Exception):
    pass


def ossutil(*given, key=KEY, secret=SECRET, token=None):
    who = ['-e', env['OSS_ENDPOINT'], '-i', key, '-k', secret, *(['-t', token] if token else [])]
    how = ['--sign-version', 'v4', '--region', env['REGION'], '--force-path-style']
    ran = subprocess.run([env['BINARY'], *given, *who, *how], capture_output=True, text=True, timeout=60, check=False, cwd=folder)
    if ran.returncode != 0 or 'Error:' in ran.stderr + ran.stdout:
        raise Refused(ran.stderr + ran.stdout)
    return ran.stdout


def refused(call, status, code):
    try:
        call()
    except Refused as error:
        check(f'StatusCode={status}, ErrorCode={code}' in str(error), error)
        return f'{status} {code}'
    raise AssertionError('the call succeeded')


def put(key, body, *more):
    path = os.path.join(folder, 'file')
    with open(path, 'w', encoding='utf8') as file:
        file.write(body)
    return ossutil('cp', path, f'{BUCKET}/{key}', '-f', *more)


def get(name, **who):
    path = os.path.join(folder, 'got')
    ossutil('cp', f'{BUCKET}/{name}', path, '-f', **who)
    with open(path, encoding='utf8') as file:
        return file.read()


with program.case('puts and gets') as saw:
    put('plain.txt', 'hello', '--meta', 'x-oss-meta-owner:cli#Content-Type:text/plain')
    equal(get('plain.txt'), 'hello')
    saw('cp there and back')

with program.case('creates once, and not again') as saw:
    once = ['--meta', 'x-oss-forbid-overwrite:true']
    put('once.json', '1', *once)
    told = refused(lambda: put('once.json', '2', *once), 409, 'FileAlreadyExists')
    equal(get('once.json'), '1')
    saw(told)

for key in ODD:
    put(f'odd/{key}', key)
    equal(get(f'odd/{key}'), key)

with program.case('signs URLs that anyone may use') as saw:
    url = ossutil('sign', f'{BUCKET}/odd/{ODD[0]}', '--timeout', '60').split('\n')[0]
    equal(urllib.request.urlopen(url).read(), ODD[0].encode())
    try:
        urllib.request.urlopen(url.replace('x-oss-expires=60', 'x-oss-expires=61'))
        raise AssertionError('a changed URL was good')
    except urllib.error.HTTPError as error:
        equal(error.code, 403)
    saw('used, and refused with one digit changed')

with program.case('copies') as saw:
    ossutil('cp', f'{BUCKET}/odd/{ODD[1]}', f'{BUCKET}/copied.txt', '-f')
    equal(get('copied.txt'), ODD[1])
    saw(ODD[1])

with program.case('deletes') as saw:
    ossutil('rm', f'{BUCKET}/copied.txt', '-f')
    saw(refused(lambda: get('copied.txt'), 404, 'NoSuchKey'))

with program.case('works as a role session') as saw:
    session = {'key': env['SESSION_KEY_ID'], 'secret': env['SESSION_KEY_SECRET']}
    equal(get('plain.txt', token=env['SESSION_TOKEN'], **session), 'hello')
    saw('without its token:', refused(lambda: get('plain.txt', **session), 403, 'InvalidAccessKeyId'))

with program.case('reads a refusal as its own error') as saw:
    saw(refused(lambda: get('nowhere'), 404, 'NoSuchKey'))

with program.case('is refused with a wrong secret') as saw:
    saw(refused(lambda: get('plain.txt', secret=WRONG), 403, 'SignatureDoesNotMatch'))
