package moorage

import (
	"slices"
	"time"
)

// The history of a server's health that is kept, and the pieces that it is
// shown in.
const (
	HealthKept   = 24 * time.Hour
	HealthPiece  = 15 * time.Minute
	HealthPieces = int(HealthKept / HealthPiece)
)

// HealthBucket is what the checks of one quarter of an hour have found.
type HealthBucket struct {
	From      time.Time
	Checks    int
	Failed    int           // of them: an instance did not answer
	Unhealthy bool          // the server was judged unhealthy in it
	Median    time.Duration // of the answers; 0: there was none
}

// HealthHistory sorts checks into HealthPieces buckets, the oldest first. The last
// one is the quarter of an hour, by the clock of UTC, that now is in.
func HealthHistory(checks []HealthCheck, now time.Time) []HealthBucket {
	first := now.UTC().Truncate(HealthPiece).Add(-time.Duration(HealthPieces-1) * HealthPiece)
	buckets := make([]HealthBucket, HealthPieces)
	answers := make([][]time.Duration, HealthPieces)
	for i := range buckets {
		buckets[i].From = first.Add(time.Duration(i) * HealthPiece)
	}
	for _, c := range checks {
		at := int(c.At.Sub(first) / HealthPiece)
		if c.At.Before(first) || at >= HealthPieces {
			continue
		}
		b := &buckets[at]
		b.Checks++
		if c.Error != "" {
			b.Failed++
		}
		b.Unhealthy = b.Unhealthy || c.State == HealthUnhealthy
		if c.Took > 0 {
			answers[at] = append(answers[at], c.Took)
		}
	}
	for i, took := range answers {
		buckets[i].Median = median(took)
	}
	return buckets
}

// MedianAnswer is how long an answer took, by the middle one of all checks; 0
// when there was none.
func MedianAnswer(checks []HealthCheck) time.Duration {
	var took []time.Duration
	for _, c := range checks {
		if c.Took > 0 {
			took = append(took, c.Took)
		}
	}
	return median(took)
}

// median is the lower one of the two in the middle.
func median(took []time.Duration) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[(len(took)-1)/2]
}
