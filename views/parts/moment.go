package parts

import (
	"fmt"
	"time"
)

// Moment is a point in time, ready to print: a distance for the eye, the exact
// time for the pointer. The browser puts both into the reader's own zone.
type Moment struct {
	ISO      string // RFC 3339, UTC; "" when it never happened
	Exact    string // 20 November 2026, 19:01:41 UTC
	Relative string // 3 minutes ago
}

// MomentOf prints t as seen from now. The zero time gives the zero Moment.
func MomentOf(t, now time.Time) Moment {
	if t.IsZero() {
		return Moment{}
	}
	t = t.UTC()
	return Moment{
		ISO:      t.Format(time.RFC3339),
		Exact:    t.Format("2 January 2006, 15:04:05 UTC"),
		Relative: distance(t, now.UTC()),
	}
}

// IsZero reports whether the moment never happened.
func (m Moment) IsZero() bool { return m.ISO == "" }

func distance(t, now time.Time) string {
	d := now.Sub(t)
	if d < 0 {
		return ahead(t, now)
	}
	switch {
	case d < 45*time.Second:
		return "just now"
	case d < time.Hour-30*time.Second:
		return count(int(d.Round(time.Minute)/time.Minute), "minute") + " ago"
	case d < 36*time.Hour:
		return count(int(d.Round(time.Hour)/time.Hour), "hour") + " ago"
	case d < 30*24*time.Hour:
		return count(int(d/(24*time.Hour)), "day") + " ago"
	case t.Year() == now.Year():
		return "on " + t.Format("2 January")
	default:
		return "on " + t.Format("2 January 2006")
	}
}

func ahead(t, now time.Time) string {
	d := t.Sub(now)
	switch {
	case d < 45*time.Second:
		return "in a moment"
	case d < time.Hour-30*time.Second:
		return "in " + count(int(d.Round(time.Minute)/time.Minute), "minute")
	case d < 36*time.Hour:
		return "in " + count(int(d.Round(time.Hour)/time.Hour), "hour")
	default:
		return "on " + t.Format("2 January 2006")
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Duration prints how long something took: 0.4 s, 12 s, 3 min 05 s, 1 h 02 min.
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return ""
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
}

// Size prints bytes as a person reads them: 812 B, 4.2 kB, 96.0 MB.
func Size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1000*1000*1000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	default:
		return fmt.Sprintf("%.2f GB", float64(n)/1e9)
	}
}
