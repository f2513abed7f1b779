package runner

// watch notes that a member wants to know of changes of a resource. h.mu is held.
func (h *hub) watch(m *member, uri string) {
	if h.watchers[uri] == nil {
		h.watchers[uri] = map[*member]struct{}{}
	}
	h.watchers[uri][m] = struct{}{}
}

// unwatch takes that back, and reports whether nobody wants to know any more.
// h.mu is held.
func (h *hub) unwatch(m *member, uri string) bool {
	delete(h.watchers[uri], m)
	if len(h.watchers[uri]) > 0 {
		return false
	}
	delete(h.watchers, uri)
	return true
}

// watching are the members that want to know of changes of a resource.
func (h *hub) watching(uri string) []*member {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*member, 0, len(h.watchers[uri]))
	for m := range h.watchers[uri] {
		all = append(all, m)
	}
	return all
}
