"""Episodes of Gymnasium's CartPole-v1 for tests/data/cartpole_test.cpp. Run with gymnasium 1.4.

Actions come from a formula; the third episode is balanced by hand until the time limit ends it.
"""

import json
import pathlib

import gymnasium

env = gymnasium.make("CartPole-v1")
episodes = []
for number, policy in enumerate([lambda i, s: i * i % 3 % 2, lambda i, s: 1, lambda i, s: int(s[2] + 0.5 * s[3] + 0.1 * s[0] + 0.2 * s[1] > 0)]):
    env.reset(seed=number)
    state = env.unwrapped.state
    episode = {"start": list(state), "actions": [], "states": [], "rewards": [], "terminated": False, "truncated": False}
    while not (episode["terminated"] or episode["truncated"]):
        action = policy(len(episode["actions"]), state)
        _, reward, episode["terminated"], episode["truncated"], _ = env.step(action)
        state = env.unwrapped.state
        episode["actions"].append(action)
        episode["rewards"].append(reward)
        if len(episode["actions"]) % 7 == 1 or episode["terminated"] or episode["truncated"]:
            episode["states"].append([len(episode["actions"]), *map(float, state)])
    episode["start"] = [float(value) for value in episode["start"]]
    episode["actions"] = "".join(map(str, episode["actions"]))
    episode["rewards"] = sum(episode["rewards"])
    episodes.append(episode)
    print(len(episode["actions"]), episode["rewards"], episode["terminated"], episode["truncated"])
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(episodes, separators=(",", ":")).replace("]],", "]],\n") + "\n")
