# SPDX-License-Identifier: GPL-2.0-only
"""
What python3-sysv-ipc makes of System V message queues; TAP on stdout.

Run with --modules it prints the files it has loaded instead.
"""

import os
import sys

import sysv_ipc

if sys.argv[1:] == ["--modules"]:
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None):
            print(module.__file__)
    sys.exit()

number = 0


def check(what, good):
    global number
    number += 1
    print("%s %d %s" % ("ok" if good else "not ok", number, what), flush=True)


def raises(error, call, *arguments, **words):
    try:
        call(*arguments, **words)
    except error:
        return True
    return False


queue = sysv_ipc.MessageQueue(None, sysv_ipc.IPC_CREX)
check("a queue is made, with a key by chance", queue.key > 0 and queue.id >= 0)
check("it is found by its key", sysv_ipc.MessageQueue(queue.key).id == queue.id)
check("it is not made twice", raises(sysv_ipc.ExistentialError,
      sysv_ipc.MessageQueue, queue.key, sysv_ipc.IPC_CREX))
check("another is not there", raises(sysv_ipc.ExistentialError,
      sysv_ipc.MessageQueue, queue.key ^ 0x5a5a))
check("nothing is there", raises(sysv_ipc.BusyError, queue.receive, block=False))

queue.send(b"first", type=5)
queue.send("second", type=3)
queue.send(b"third", type=4)
check("messages are counted", queue.current_messages == 3)
check("who sent is known", queue.last_send_pid == os.getpid())
check("when as well", queue.last_send_time > 0)
check("the oldest comes first", queue.receive() == (b"first", 5))
check("or the one of a type", queue.receive(type=4) == (b"third", 4))
queue.send(b"fourth", type=2)
check("or the lowest type", queue.receive(type=-3) == (b"fourth", 2))
check("none of a type", raises(sysv_ipc.BusyError, queue.receive, block=False,
      type=9))
check("what was passed over is there", queue.receive() == (b"second", 3))
check("who received is known", queue.last_receive_pid == os.getpid())
check("an empty message", queue.send(b"") is None and queue.receive() == (b"", 1))
check("a bad type", raises(ValueError, queue.send, b"x", type=0))
check("a long message", queue.send(b"y" * 2048) is None and
      queue.receive()[0] == b"y" * 2048)

queue.max_size = 16
check("its size is set", queue.max_size == 16)
queue.send(b"z" * 16)
check("it is full", raises(sysv_ipc.BusyError, queue.send, b"z", block=False))
queue.receive()
check("owner and mode", queue.uid == queue.cuid == os.geteuid() and
      queue.mode & 0o777 == 0o600)
queue.mode = 0o640
check("the mode is changed", queue.mode & 0o777 == 0o640)

child = os.fork()
if not child:
    answer, _ = queue.receive(type=7)
    queue.send(answer[::-1], type=8)
    os._exit(0)
queue.send(b"abc", type=7)
check("a child takes part", queue.receive(type=8) == (b"cba", 8))
check("and ends well", os.waitpid(child, 0)[1] == 0)

child = os.fork()
if not child:
    os._exit(0 if raises(sysv_ipc.ExistentialError, queue.receive) else 1)
while open("/proc/%d/stat" % child).read().rpartition(")")[2].split()[0] != "S":
    os.sched_yield()
queue.remove()
check("removal ends a wait", os.waitpid(child, 0)[1] == 0)
check("it is gone", raises(OSError, queue.send, b"x"))
print("1..%d" % number)
