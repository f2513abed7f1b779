package doctor

import (
	"context"
	"time"

	"moorage"
)

// Timepiece is a clock elsewhere. It returns the zero time when it does not say.
type Timepiece func(ctx context.Context) (time.Time, error)

// GitHub looks whether GitHub answers at its URL, and whether this Moorage is
// connected to it: connected returns Unavailable when not, NotFound when there
// is no database yet.
func GitHub(url string, ping Timepiece, connected func(ctx context.Context) error) Check {
	return Check{"github", within(patience, func(ctx context.Context) Finding {
		if _, err := ping(ctx); err != nil {
			f := bad(err, "GitHub does not answer.", "Check the network of this machine.")
			f.State = Warning // what runs goes on, and other Git hosts work
			return f
		}
		switch err := connected(ctx); moorage.ErrorCode(err) {
		case "":
			return well("%s answers, and this Moorage is connected to it.", url)
		case moorage.Unavailable:
			f := bad(err, "", "")
			f.State = Warning
			return f
		case moorage.NotFound:
			return well("%s answers.", url)
		default:
			return bad(err, "The connection to GitHub cannot be read.", "Look at what the check of the database says.")
		}
	})}
}
