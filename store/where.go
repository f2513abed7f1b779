package store

import (
	"slices"
	"strings"
)

// where collects the conditions of a filter, so that a query names only what
// is asked for and SQLite can use its indexes.
type where struct {
	conditions []string
	args       []any
}

func (w *where) and(condition string, args ...any) {
	w.conditions = append(w.conditions, condition)
	w.args = append(w.args, args...)
}

func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// page returns the arguments of the conditions, those of the order, and those
// of LIMIT ? OFFSET ?.
func (w *where) page(limit, offset int, order ...any) []any {
	if limit <= 0 {
		limit = -1 // SQLite: no limit
	}
	return slices.Concat(w.args, order, []any{limit, max(offset, 0)})
}
