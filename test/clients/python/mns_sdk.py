import time
import warnings

warnings.simplefilter('ignore', DeprecationWarning)

from mns.account import Account
from mns.mns_exception import MNSServerException
from mns.queue import Message, QueueMeta

from cases import KEY, SECRET, WRONG, Program, check, env, equal, refused

program = Program('MNS', 'aliyun-mns-sdk')


def account(secret=SECRET):
    return Account(env['MNS_ENDPOINT'], KEY, secret)


def meta(visibility=2):
    return QueueMeta(vis_timeout=visibility)


mns = account()
queue = mns.get_queue('python')


def nothing(of):
    """True where a receive without waiting finds no message."""
    return refused(MNSServerException, lambda: of.receive_message_with_str_body(0)).type == 'MessageNotExist'


with program.case('creates a queue, again, and not with other attributes') as saw:
    url = queue.create(meta())
    equal(url, f'{env["MNS_ENDPOINT"]}/queues/python')
    queue.create(meta())
    error = refused(MNSServerException, lambda: queue.create(meta(visibility=3)))
    equal(error.type, 'QueueAlreadyExist')
    saw(url, 'then', error.type)

with program.case('reads attributes and lists queues') as saw:
    found = queue.get_attributes()
    equal((found.visibility_timeout, found.active_messages, found.queue_name), (2, 0, 'python'))
    urls, marker = mns.list_queue('', 2, '')
    check(len(urls) == 2 and marker, f'{urls} {marker}')
    more, last = mns.list_queue('', 2, marker)
    equal((len(more), last), (1, ''))
    saw('visibility', found.visibility_timeout, 'and', len(urls) + len(more), 'queues on 2 pages')

with program.case('sends with a delay') as saw:
    sent = queue.send_message(Message('größer < & > 延迟', delay_seconds=1))
    check(nothing(queue), 'a delayed message was there at once')
    received = queue.receive_message_with_str_body(5)
    equal((received.message_id, received.message_body), (sent.message_id, 'größer < & > 延迟'))
    saw('nothing at once, then', received.message_body)

with program.case('receives, and the receipt handle changes') as saw:
    first = received.receipt_handle
    check(nothing(queue), 'a received message was there again')
    again = queue.receive_message_with_str_body(5)
    equal((again.message_id, int(again.dequeue_count)), (sent.message_id, 2))
    check(again.receipt_handle != first, 'the same receipt handle')
    error = refused(MNSServerException, lambda: queue.delete_message(first))
    equal(error.type, 'MessageNotExist')
    saw('received', again.dequeue_count, 'times; the first handle:', error.type)

with program.case('changes visibility') as saw:
    began = time.time()
    changed = queue.change_message_visibility(again.receipt_handle, 1)
    check(changed.receipt_handle != again.receipt_handle, 'the same receipt handle')
    check(abs(int(changed.next_visible_time) / 1000 - began - 1) < 1, changed.next_visible_time)
    third = queue.receive_message_with_str_body(5)
    equal(int(third.dequeue_count), 3)
    saw('visible again after a second')

with program.case('deletes') as saw:
    queue.delete_message(third.receipt_handle)
    time.sleep(2.1)
    check(nothing(queue), 'a deleted message was there')
    saw('gone after its visibility ran out')

with program.case('sends, receives and deletes a batch') as saw:
    sent = queue.batch_send_message([Message(f'number {at}') for at in range(5)])
    equal(len({one.message_id for one in sent}), 5)
    received = queue.batch_receive_message_with_str_body(16, 1)
    equal([one.message_body for one in received], [f'number {at}' for at in range(5)])
    queue.batch_delete_message([one.receipt_handle for one in received[:4]])
    error = refused(MNSServerException, lambda: queue.batch_delete_message([one.receipt_handle for one in received]))
    saw('5 sent and received;', error.type, 'for the 4 that were deleted twice')

with program.case('finds a message in the dead-letter queue') as saw:
    poisoned, dead = mns.get_queue('poisoned'), mns.get_queue('dead')
    sent = poisoned.send_message(Message('poison'))
    equal(poisoned.receive_message_with_str_body(0).message_id, sent.message_id)
    moved = dead.receive_message_with_str_body(5)
    equal(moved.message_body, 'poison')
    dead.delete_message(moved.receipt_handle)
    check(nothing(poisoned), 'the message is in its own queue still')
    saw('moved after 1 receipt')

with program.case('polls long') as saw:
    began = time.monotonic()
    error = refused(MNSServerException, lambda: queue.receive_message_with_str_body(1))
    waited = time.monotonic() - began
    equal(error.type, 'MessageNotExist')
    check(0.9 < waited < 3, f'waited {waited} s')
    saw(error.type, 'after about a second')

with program.case('reads a refusal as its own error') as saw:
    error = refused(MNSServerException, lambda: mns.get_queue('nowhere').send_message(Message('x')))
    equal(error.type, 'QueueNotExist')
    saw(type(error).__name__, error.type)

with program.case('is refused with a wrong secret') as saw:
    error = refused(MNSServerException, lambda: account(WRONG).get_queue('python').get_attributes())
    equal(error.type, 'SignatureDoesNotMatch')
    saw(type(error).__name__, error.type)
