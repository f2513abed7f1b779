package secrets

import "slices"

// matcher finds many words in one pass over a text (Aho and Corasick, 1975):
// its state is the longest end of the text that begins some word.
type matcher struct {
	nodes []node
	wide  [][256]int32
}

// node is a beginning of words. Node 0 is the empty one.
type node struct {
	fail   int32  // the longest proper end of it that is a node too
	open   int32  // how many bytes at its end begin a word that could go on
	match  int32  // the length of the longest word that ends with it; 0: none
	wide   int32  // index into matcher.wide + 1; 0: the children are below
	labels []byte // the bytes that lead on …
	next   []int32
}

// Nodes with more children than this have a table of their own.
const widest = 6

func newMatcher(words []string) *matcher {
	m := &matcher{nodes: make([]node, 1)}
	for _, word := range words {
		m.add(word)
	}
	m.link()
	for i := range m.nodes {
		if n := &m.nodes[i]; i == 0 || len(n.labels) > widest {
			m.wide = append(m.wide, [256]int32{})
			table := &m.wide[len(m.wide)-1]
			for j, label := range n.labels {
				table[label] = n.next[j]
			}
			n.wide = int32(len(m.wide))
		}
	}
	return m
}

func (m *matcher) add(word string) {
	if word == "" {
		return
	}
	at := int32(0)
	for i := range len(word) {
		child := m.nodes[at].child(word[i])
		if child == 0 {
			child = int32(len(m.nodes))
			m.nodes = append(m.nodes, node{open: int32(i + 1)})
			n := &m.nodes[at]
			n.labels = append(n.labels, word[i])
			n.next = append(n.next, child)
		}
		at = child
	}
	m.nodes[at].match = int32(len(word))
}

// link finds where each node falls back to, shortest first.
func (m *matcher) link() {
	queue := slices.Clone(m.nodes[0].next) // these fall back to the empty node
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		n := &m.nodes[at]
		n.match = max(n.match, m.nodes[n.fail].match)
		if len(n.labels) == 0 {
			n.open = m.nodes[n.fail].open
		}
		for i, child := range n.next {
			m.nodes[child].fail = m.fallback(n.fail, n.labels[i])
		}
		queue = append(queue, n.next...)
	}
}

// fallback is where a node that fails at at goes with one more byte, while
// the tables are not there yet.
func (m *matcher) fallback(at int32, b byte) int32 {
	for {
		if child := m.nodes[at].child(b); child != 0 || at == 0 {
			return child
		}
		at = m.nodes[at].fail
	}
}

// child is where a byte leads from here, 0 for nowhere.
func (n *node) child(b byte) int32 {
	for i, label := range n.labels {
		if label == b {
			return n.next[i]
		}
	}
	return 0
}

// step is the state after one more byte.
func (m *matcher) step(at int32, b byte) int32 {
	for {
		n := &m.nodes[at]
		var child int32
		if n.wide > 0 {
			child = m.wide[n.wide-1][b]
		} else {
			child = n.child(b)
		}
		if child != 0 || at == 0 {
			return child
		}
		at = n.fail
	}
}
