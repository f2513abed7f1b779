package handlers

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"moorage"
	"moorage/usage"
	"moorage/views"
	"moorage/views/parts"
)

func usageNumbers(s usage.Summary) []views.UsageNumber {
	errors := views.UsageNumber{Label: "Errors", Value: percent(s.All.Errors, s.All.Calls), Note: thousands(s.All.Errors)}
	if s.All.Errors > 0 {
		errors.Tone = parts.ToneBad
	}
	return []views.UsageNumber{
		{Label: "Calls", Value: thousands(s.All.Calls), Note: "in 24 hours"},
		errors,
		{Label: "Half of them within", Value: tookWords(s.All.Took.Quantile(0.5)), Note: "p50"},
		{Label: "95 % within", Value: tookWords(s.All.Took.Quantile(0.95)), Note: "p95"},
		{Label: "Sessions", Value: thousands(s.Now.Sessions), Note: "now"},
		{Label: "Instances", Value: thousands(s.Now.Instances), Note: "now"},
		{Label: "Memory", Value: parts.Size(s.Now.Memory), Note: "of all instances"},
		{Label: "CPU", Value: fmt.Sprintf("%.2f", s.Now.CPU), Note: "processors"},
	}
}

func usageRows(s usage.Summary) []views.UsageRow {
	var rows []views.UsageRow
	for _, t := range s.Rows {
		row := views.UsageRow{
			Name: cmp.Or(t.Tool, t.Method), Tool: t.Tool != "", Calls: thousands(t.Calls), P50: tookWords(t.Took.Quantile(0.5)), P95: tookWords(t.Took.Quantile(0.95)),
			In: parts.Size(t.In), Out: parts.Size(t.Out),
		}
		if t.Errors > 0 {
			row.Errors = thousands(t.Errors) + " (" + percent(t.Errors, t.Calls) + ")"
		}
		rows = append(rows, row)
	}
	return rows
}

// usageHours are the steps of a series, the newest first.
func usageHours(s usage.Series, now time.Time) []views.UsageHour {
	var hours []views.UsageHour
	for i, at := range slices.Backward(s.Times) {
		h := views.UsageHour{
			At: parts.MomentOf(time.Unix(at, 0), now), Calls: thousands(s.Calls[i]), Errors: thousands(s.Errors[i]),
			P50: millisecondWords(s.P50[i]), P95: millisecondWords(s.P95[i]), Sessions: thousands(s.Sessions[i]), Instances: thousands(s.Instances[i]), Memory: "–", CPU: "–",
		}
		if s.Memory[i] != nil {
			h.Memory, h.CPU = parts.Size(*s.Memory[i]), fmt.Sprintf("%.2f", *s.CPU[i])
		}
		hours = append(hours, h)
	}
	return hours
}

func usageCall(c moorage.Call, login string, now time.Time) views.UsageCall {
	return views.UsageCall{
		At: parts.MomentOf(c.Began, now), Name: cmp.Or(c.Tool, c.Method), Tool: c.Tool != "", Face: outcomeFace(c), Took: tookWords(c.Took),
		In: parts.Size(int64(c.In)), Out: parts.Size(int64(c.Out)), Who: cmp.Or(login, "somebody who is gone"), Means: meansOfCall(c.Means),
	}
}

func outcomeFace(c moorage.Call) parts.Face {
	switch c.Outcome {
	case moorage.OutcomeOK:
		return parts.Face{Word: "OK", Tone: parts.ToneGood, Icon: "check"}
	case moorage.OutcomeToolError:
		return parts.Face{Word: "Tool error", Tone: parts.ToneBad, Icon: "warn"}
	case moorage.OutcomeCancelled:
		return parts.Face{Word: "Cancelled", Tone: parts.ToneQuiet, Icon: "stop"}
	}
	return parts.Face{Word: "Error " + strconv.Itoa(c.Code), Tone: parts.ToneBad, Icon: "cross"}
}

// meansOfCall is by which way somebody called.
func meansOfCall(m moorage.Means) string {
	switch m {
	case moorage.MeansToken:
		return "by a token"
	case moorage.MeansClient:
		return "by a client"
	}
	return "over a WebSocket" // whose ticket a page or a program has asked for
}

// tookWords prints a duration that is often short; "–" for none.
func tookWords(d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return parts.Duration(d)
}

func millisecondWords(ms *float64) string {
	if ms == nil {
		return "–"
	}
	return tookWords(time.Duration(*ms * float64(time.Millisecond)))
}

func percent(part, whole int) string {
	if whole == 0 || part == 0 {
		return "0 %"
	}
	share := 100 * float64(part) / float64(whole)
	if share < 10 {
		return fmt.Sprintf("%.1f %%", share)
	}
	return fmt.Sprintf("%.0f %%", share)
}

// thousands prints a count: 1,204.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, groups...), ",")
}
