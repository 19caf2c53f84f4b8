"""Prints one JSON line for each case: whether its assertions held, and what was seen."""
import json
import os
import time
from contextlib import contextmanager
from importlib.metadata import version

env = os.environ
KEY = env.get('ACCESS_KEY_ID')
SECRET = env.get('ACCESS_KEY_SECRET')
WRONG = 'guessed'


class Program:
    def __init__(self, service, client, known_version=None):
        self.service = service
        self.client = client
        self.version = known_version or version(client)

    @contextmanager
    def case(self, name):
        seen = []
        try:
            yield lambda *words: seen.append(' '.join(str(word) for word in words))
            ok = True
        except Exception as error:
            ok = False
            seen.append(f'{type(error).__name__}: {error}'[:2000])
        line = {'client': self.client, 'version': self.version, 'service': self.service, 'case': name, 'ok': ok, 'detail': '; '.join(seen)}
        print(json.dumps(line, ensure_ascii=False), flush=True)


def check(condition, otherwise):
    if not condition:
        raise AssertionError(otherwise)


def equal(found, wanted):
    check(found == wanted, f'{found!r} instead of {wanted!r}')


def refused(error_type, call):
    """The error that the call must end in."""
    try:
        call()
    except error_type as error:
        return error
    raise AssertionError(f'no {error_type.__name__}: the call succeeded')


def until(look, seconds=30):
    """What `look` finds, asked again until it finds something."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        check(time.monotonic() < end, f'nothing within {seconds} s')
        time.sleep(0.1)


def minutes_from_now(minutes):
    return time.strftime('%Y-%m-%dT%H:%MZ', time.gmtime(time.time() + 60 * minutes))
