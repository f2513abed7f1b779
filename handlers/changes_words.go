package handlers

import (
	"time"

	"moorage"
	"moorage/pins"
	"moorage/views"
	"moorage/views/parts"
)

func heldRow(o moorage.HeldOffer) views.HeldRow {
	name := o.Name
	if o.Fault != "" { // it is not posted back
		name = pins.Seen(name)
	}
	return views.HeldRow{
		Kind: string(o.Kind), Noun: pins.Noun(o.Kind), Name: name, Hash: o.Hash, Fault: o.Fault,
		New: o.Pinned == nil, Diff: diffFields(o.Pinned, o.Object),
	}
}

func changeRow(c moorage.Change, now time.Time) views.ChangeRow {
	row := views.ChangeRow{
		Noun: pins.Noun(c.Kind), Name: pins.Seen(c.Name), Did: views.DidChange, At: parts.MomentOf(c.At, now), Running: c.Running,
		DeploymentURL: deploymentPath(c.Deployment), Fate: fate(c), Open: c.SettledAt.IsZero(), Diff: diffFields(c.Before, c.After),
	}
	switch {
	case c.Before == nil:
		row.Did = views.DidCome
	case c.After == nil:
		row.Did = views.DidGo
	}
	return row
}

// fate says what became of a change.
func fate(c moorage.Change) string {
	by := "by " + c.SettledBy
	if c.SettledBy == "" {
		by = "by Moorage"
	}
	switch settled := !c.SettledAt.IsZero(); {
	case c.Held && settled:
		return "Held back, then settled " + by
	case c.Held:
		return "Held back"
	case settled:
		return "Seen " + by
	}
	return ""
}

// diffFields is a diff as the page shows it.
func diffFields(before, after []byte) []views.DiffField {
	var fields []views.DiffField
	for _, f := range pins.Diff(before, after) {
		v := views.DiffField{Name: pins.Seen(f.Name), Did: did[f.Did]}
		for _, l := range f.Lines {
			v.Lines = append(v.Lines, views.DiffLine{Did: signed[l.Sign], Text: l.Text, Same: l.Same})
		}
		fields = append(fields, v)
	}
	return fields
}

var (
	did    = map[pins.Did]views.Did{pins.Added: views.DidCome, pins.Changed: views.DidChange, pins.Removed: views.DidGo}
	signed = map[pins.Sign]views.Did{pins.Plus: views.DidCome, pins.Minus: views.DidGo}
)
