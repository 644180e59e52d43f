"""simpy's side of the simulation benchmark: `simpy_peer.py CALLS.npz [way-home]`.

Three events a call: receipt, on scene, free. The nearest free unit goes; calls wait in one queue.
Without `way-home` a free unit is at its post at once (less work than ours does); with it a unit on
its way home is taken from where it is, as ours. Prints calls, events, CPU seconds, mean response.
"""

import json
import sys
import time
from collections import deque

import numpy as np
import simpy


def run(travel, home, received, place, spell, way_home):  # noqa: C901 - one world, its closures
    env, units, queue = simpy.Environment(), len(home), deque()
    free = [True] * units
    response, events = [0.0] * len(received), [0]
    left, at_home, start = [0.0] * units, [0.0] * units, list(home)

    def way(u, target):
        if not way_home or env.now >= at_home[u]:
            return travel[home[u]][target]
        share = (env.now - left[u]) / (at_home[u] - left[u])
        return (1 - share) * travel[start[u]][target] + share * travel[home[u]][target]

    def serve(u, call, seconds):
        while True:
            yield env.timeout(seconds)
            events[0] += 1
            response[call] = env.now - received[call]
            yield env.timeout(spell[call])
            events[0] += 1
            if not queue:
                free[u] = True
                start[u], left[u] = place[call], env.now
                at_home[u] = env.now + travel[place[call]][home[u]]
                return
            following = queue.popleft()
            seconds, call = travel[place[call]][place[following]], following

    def source():
        for call in range(len(received)):
            yield env.timeout(received[call] - env.now)
            events[0] += 1
            target, best, least = place[call], -1, 1e18
            for u in range(units):
                if free[u]:
                    seconds = way(u, target)
                    if seconds < least:
                        best, least = u, seconds
            if best < 0:
                queue.append(call)
            else:
                free[best] = False
                env.process(serve(best, call, least))

    env.process(source())
    env.run()
    return events[0], sum(response) / len(response)


given = np.load(sys.argv[1])
columns = [given[name].tolist() for name in ("travel", "home", "received", "place", "spell")]
began = time.process_time()
events, mean = run(*columns, "way-home" in sys.argv)
seconds = time.process_time() - began
print(json.dumps({"calls": len(columns[2]), "events": events, "cpu_s": seconds, "mean_s": mean}))
