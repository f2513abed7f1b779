package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// moment is a time in a row: unix milliseconds, NULL for the zero time. It
// both reads and writes the time that it points at.
type moment struct{ t *time.Time }

func (m moment) Value() (driver.Value, error) {
	if m.t.IsZero() {
		return nil, nil
	}
	return m.t.UnixMilli(), nil
}

func (m moment) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m.t = time.Time{}
	case int64:
		*m.t = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", src)
	}
	return nil
}

// at is a moment for writing only.
func at(t time.Time) moment { return moment{&t} }

// or returns the time, or the other one when it is zero.
func or(t, other time.Time) time.Time {
	if t.IsZero() {
		return other
	}
	return t
}

// document is a value kept as JSON. It both reads and writes what it points at.
type document struct{ v any }

func (d document) Value() (driver.Value, error) {
	b, err := json.Marshal(d.v)
	return string(b), err
}

func (d document) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("a document is stored as %T", src)
	}
	return json.Unmarshal([]byte(text), d.v)
}
