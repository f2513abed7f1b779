package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// figure is one row of the table.
type figure struct {
	what     string
	measured string
	target   string // "": the figure is there to be known
	met      bool
	byHand   string // the same work done by hand in the same run; "": nobody can
	ratio    float64
}

type table struct{ figures []figure }

// add adds a row that stands by itself.
func (t *table) add(what, measured, target string, met bool) {
	t.figures = append(t.figures, figure{what: what, measured: measured, target: target, met: met})
}

// know adds a row without a target.
func (t *table) know(what, measured string) { t.add(what, measured, "", true) }

// least adds a duration that has to be below a target, beside what it took by hand.
func (t *table) least(what string, took, target, byHand time.Duration) {
	f := figure{what: what, measured: short(took), target: "< " + short(target), met: took < target}
	if byHand > 0 {
		f.byHand, f.ratio = short(byHand), float64(took)/float64(byHand)
	}
	t.figures = append(t.figures, f)
}

// ratio adds a duration whose target is a multiple of what it took by hand; 0
// is no target.
func (t *table) ratio(what string, took, byHand time.Duration, most float64) {
	f := figure{what: what, measured: short(took), byHand: short(byHand), ratio: float64(took) / float64(byHand), met: true}
	if most > 0 {
		f.target, f.met = fmt.Sprintf("≤ %.2f × by hand", most), f.ratio <= most
	}
	t.figures = append(t.figures, f)
}

// print writes the table, and reports whether every target was met.
func (t *table) print(w io.Writer) (met bool) {
	met = true
	out := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(out, "\nFIGURE\tMEASURED\tTARGET\tBY HAND\tRATIO\t")
	for _, f := range t.figures {
		ratio, verdict := "", ""
		if f.ratio > 0 {
			ratio = fmt.Sprintf("%.2f", f.ratio)
		}
		if f.target != "" {
			verdict = "met"
		}
		if !f.met {
			verdict, met = "MISSED", false
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", f.what, f.measured, f.target, f.byHand, ratio, verdict)
	}
	out.Flush() // to what w is; who reads it is told by the exit status, too
	return met
}

// short prints a duration with three digits.
func short(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= 10*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	default:
		return d.Round(10 * time.Microsecond).String()
	}
}
