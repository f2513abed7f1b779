package store

import "sync"

// Topics that are not ids.
const (
	topicDeployments = "deployments"
	topicServers     = "servers"
)

// bells wake readers. A bell carries nothing, so that nothing can be lost or
// pile up: whoever hears it reads the store again from where it was.
type bells struct {
	mu       sync.Mutex
	watchers map[string]map[chan struct{}]struct{}
}

// Watch returns a bell that rings after every committed write that concerns a
// topic: the id of a deployment or server, "deployments" or "servers". It holds
// one ring; take the bell before reading, and no change falls in between. The
// function ends the watch.
func (db *DB) Watch(topics ...string) (<-chan struct{}, func()) {
	return db.bells.watch(topics)
}

func (b *bells) watch(topics []string) (<-chan struct{}, func()) {
	bell := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watchers == nil {
		b.watchers = make(map[string]map[chan struct{}]struct{})
	}
	for _, topic := range topics {
		if b.watchers[topic] == nil {
			b.watchers[topic] = make(map[chan struct{}]struct{})
		}
		b.watchers[topic][bell] = struct{}{}
	}
	return bell, func() { b.forget(topics, bell) }
}

func (b *bells) forget(topics []string, bell chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, topic := range topics {
		delete(b.watchers[topic], bell)
		if len(b.watchers[topic]) == 0 {
			delete(b.watchers, topic)
		}
	}
}

func (b *bells) ring(topics []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, topic := range topics {
		for bell := range b.watchers[topic] {
			select {
			case bell <- struct{}{}:
			default: // it rings already
			}
		}
	}
}
