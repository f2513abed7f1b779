package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// skew is how far clocks may be apart: certificates and sessions bear that.
const skew = 30 * time.Second

// Clock is a clock elsewhere, by the name of its place: "GitHub".
type Clock struct {
	Name string
	Time Timepiece
}

// Clocks looks whether the clock of this machine goes with others. Those that do not answer are not counted: other checks speak of them.
func Clocks(now func() time.Time, others ...Clock) Check {
	return Check{"clock", within(patience, func(ctx context.Context) Finding {
		var heard, apart []string
		for _, c := range others {
			asked := now()
			theirs, err := c.Time(ctx)
			if err != nil || theirs.IsZero() {
				continue
			}
			heard = append(heard, c.Name)
			ours := asked.Add(now().Sub(asked) / 2) // it was read somewhere on the way
			if d := ours.Sub(theirs); d.Abs() > skew {
				apart = append(apart, fmt.Sprintf("%s %s that of %s", d.Abs().Round(time.Second), direction(d), c.Name))
			}
		}
		switch {
		case len(apart) > 0:
			return bad(nil, "The clock of this machine is "+strings.Join(apart, " and ")+".", "Set it, and keep it by NTP: sign-in and certificates depend on it.")
		case len(heard) == 0:
			return warn("Look at the checks of the engine and GitHub.", "Nobody is there to compare the clock with.")
		}
		return well("The clock goes with that of %s.", strings.Join(heard, " and "))
	})}
}

func direction(d time.Duration) string {
	if d > 0 {
		return "ahead of"
	}
	return "behind"
}
