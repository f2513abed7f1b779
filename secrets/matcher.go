package secrets

// matcher finds many words in one pass over a text (Aho and Corasick, 1975):
// its state is the longest end of the text that begins some word.
type matcher struct {
	nodes  []node
	tables [][256]int32 // of the nodes with many children: where each byte leads
}

// node is a beginning of words. Node 0 is the empty one, and stands for "none".
// A key of several kilobytes in all its spellings makes 100,000 nodes, so they
// hold no slices.
type node struct {
	label   byte  // the last byte of it
	child   int32 // the first node that is one byte longer
	sibling int32 // the next child of the same node
	fail    int32 // the longest proper end of it that is a node too
	open    int32 // how many bytes at its end begin a word that could go on
	match   int32 // the length of the longest word that ends with it; 0: none
	table   int32 // index into tables + 1; 0: look at the children
}

// Nodes with more children than this have a table.
const fewChildren = 3

func newMatcher(words []string) *matcher {
	m := &matcher{nodes: make([]node, 1)}
	for _, word := range words {
		m.add(word)
	}
	m.link()
	for at := range m.nodes {
		m.tabulate(int32(at))
	}
	return m
}

func (m *matcher) add(word string) {
	at := int32(0)
	for i := range len(word) {
		child := m.child(at, word[i])
		if child == 0 {
			child = int32(len(m.nodes))
			m.nodes = append(m.nodes, node{label: word[i], sibling: m.nodes[at].child, open: int32(i + 1)})
			m.nodes[at].child = child
		}
		at = child
	}
	m.nodes[at].match = int32(len(word))
}

// link finds where each node falls back to, shortest first: what it falls back
// to is shorter, and done.
func (m *matcher) link() {
	queue := []int32{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		n := &m.nodes[at]
		n.match = max(n.match, m.nodes[n.fail].match)
		if n.child == 0 {
			n.open = m.nodes[n.fail].open
		}
		for c := n.child; c != 0; c = m.nodes[c].sibling {
			if at != 0 {
				m.nodes[c].fail = m.step(n.fail, m.nodes[c].label)
			}
			queue = append(queue, c)
		}
	}
}

func (m *matcher) tabulate(at int32) {
	children := 0
	for c := m.nodes[at].child; c != 0; c = m.nodes[c].sibling {
		children++
	}
	if children <= fewChildren {
		return
	}
	var table [256]int32
	for c := m.nodes[at].child; c != 0; c = m.nodes[c].sibling {
		table[m.nodes[c].label] = c
	}
	m.tables = append(m.tables, table)
	m.nodes[at].table = int32(len(m.tables))
}

// step is the state after one more byte.
func (m *matcher) step(at int32, b byte) int32 {
	for {
		child := m.child(at, b)
		if child != 0 || at == 0 {
			return child
		}
		at = m.nodes[at].fail
	}
}

// child is where a byte leads from a node, 0 for nowhere.
func (m *matcher) child(at int32, b byte) int32 {
	if table := m.nodes[at].table; table > 0 {
		return m.tables[table-1][b]
	}
	c := m.nodes[at].child
	for c != 0 && m.nodes[c].label != b {
		c = m.nodes[c].sibling
	}
	return c
}
