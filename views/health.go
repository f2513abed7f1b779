package views

import (
	"fmt"

	"moorage"
	"moorage/views/parts"
)

// HealthView is how a server is, and was in the last 24 hours.
type HealthView struct {
	State   moorage.HealthState // "" when nothing is live
	Words   string              // what is behind the state: a sentence, or "Began" before Since
	Since   parts.Moment        // zero: the words are all
	Checked parts.Moment        // zero: no instance was asked yet
	Median  string              // "3 ms"; "" when nothing has answered
	Missed  string              // "2 of 1412 checks missed one"; "" for none
	Bars    []HealthBar         // oldest first
	Summary string              // of the bars, a sentence for who does not see them
	Trouble *parts.Trouble      // somebody should look at it; nil: nobody needs to
}

// HealthBar is one quarter of an hour.
type HealthBar struct {
	Look  HealthLook
	Slow  int    // of 100: how slow the answers were
	Title string // "14:15 UTC: 30 checks, median 3 ms"
}

// HealthLook is what a bar looks like. No two differ in colour alone.
type HealthLook string

const (
	LookIdle   HealthLook = "idle"   // a dot on the ground: nothing was asked
	LookGood   HealthLook = "good"   // a bar, the higher the slower
	LookMissed HealthLook = "missed" // a bar with a mark above it: an answer was missing
	LookBad    HealthLook = "bad"    // a full bar that is broken in the middle: unhealthy
)

// The chart in units of its own: a bar and the space behind it, and the height.
const (
	barStep   = 10
	barWidth  = 7
	barGround = 48
)

// rect is one rectangle of a bar.
type rect struct{ y, height int }

// rects are what a bar is drawn of.
func (b HealthBar) rects() []rect {
	height := 8 + (barGround-8)*min(max(b.Slow, 0), 100)/100
	switch b.Look {
	case LookGood:
		return []rect{{barGround - height, height}}
	case LookMissed:
		height = min(height, barGround-12)
		return []rect{{0, 6}, {barGround - height, height}}
	case LookBad:
		return []rect{{0, barGround/2 - 4}, {barGround/2 + 4, barGround/2 - 4}}
	}
	return []rect{{barGround - 4, 4}}
}

// figures are what there is of numbers, in words.
func (v HealthView) figures() string {
	switch {
	case v.Median == "":
		return v.Missed
	case v.Missed == "":
		return "median answer " + v.Median
	}
	return "median answer " + v.Median + ", " + v.Missed
}

func barX(n int) string { return fmt.Sprint(n * barStep) }

// chartBox is the coordinates of the whole chart.
func (v HealthView) chartBox() string {
	return fmt.Sprintf("0 0 %d %d", max(len(v.Bars), 1)*barStep-(barStep-barWidth), barGround)
}

// healthLegend says what the looks mean.
var healthLegend = []struct {
	look HealthLook
	word string
}{
	{LookGood, "answered; taller is slower"},
	{LookMissed, "missed an answer"},
	{LookBad, "unhealthy"},
	{LookIdle, "idle"},
}
