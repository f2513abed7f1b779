package moorage_test

import (
	"testing"
	"time"

	"moorage"
)

func TestAHistoryIsADayInQuartersOfAnHour(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 7, 0, 0, time.UTC)
	check := func(ago, took time.Duration, state moorage.HealthState, why string) moorage.HealthCheck {
		return moorage.HealthCheck{At: now.Add(-ago), Took: took, State: state, Error: why}
	}
	checks := []moorage.HealthCheck{
		check(25*time.Hour, time.Second, moorage.HealthHealthy, ""), // before it
		check(20*time.Minute, 0, moorage.HealthHealthy, "No answer."),
		check(19*time.Minute, 0, moorage.HealthUnhealthy, "No answer."),
		check(7*time.Minute, 9*time.Millisecond, moorage.HealthHealthy, ""), // on the minute that the last one begins at
		check(2*time.Minute, 2*time.Millisecond, moorage.HealthHealthy, ""),
		check(time.Minute, 4*time.Millisecond, moorage.HealthHealthy, ""),
		check(0, 3*time.Millisecond, moorage.HealthHealthy, ""),
	}
	buckets := moorage.HealthHistory(checks, now)
	if len(buckets) != 96 || !buckets[95].From.Equal(now.Add(-7*time.Minute)) || !buckets[0].From.Equal(now.Add(-7*time.Minute-95*15*time.Minute)) {
		t.Fatalf("%d buckets from %s to %s", len(buckets), buckets[0].From, buckets[len(buckets)-1].From)
	}
	if b := buckets[94]; b.Checks != 2 || b.Failed != 2 || !b.Unhealthy || b.Median != 0 {
		t.Errorf("of the bad quarter %+v", b)
	}
	if b := buckets[95]; b.Checks != 4 || b.Failed != 0 || b.Unhealthy || b.Median != 3*time.Millisecond {
		t.Errorf("of the last quarter %+v", b)
	}
	for _, b := range buckets[:94] {
		if b.Checks != 0 {
			t.Errorf("at %s there was a check", b.From)
		}
	}
	if m := moorage.MedianAnswer(checks[1:]); m != 3*time.Millisecond {
		t.Errorf("the median is %s", m)
	}
	if m := moorage.MedianAnswer(nil); m != 0 {
		t.Errorf("the median of nothing is %s", m)
	}
}
