"""A small graph of two groups for tests/recipes/gcn.yaml: who knows whom, more often within a group."""

import pathlib

folder, people = pathlib.Path(__file__).parent, 60
group = [i * 7 % 13 % 2 for i in range(people)]
nodes, edges = ["node_id,label,split,features"], ["source,target"]
for i in range(people):
    features = sorted({i * i % 11, 11 + 4 * group[i] + i % 5})
    nodes.append(f"{i},{group[i]},{('train', 'val', 'test')[i % 3]},{' '.join(map(str, features))}")
    edges += [f"{i},{j}" for j in range(i) if (i * j + 3 * j) % (9 if group[i] == group[j] else 29) == 1]
(folder / "friends.nodes.csv").write_text("\n".join(nodes) + "\n")
(folder / "friends.edges.csv").write_text("\n".join(edges) + "\n")
