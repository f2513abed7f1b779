package parts

import (
	"testing"
	"time"
)

func TestMomentOf(t *testing.T) {
	now := time.Date(2026, 11, 20, 19, 1, 41, 0, time.UTC)
	for _, c := range []struct {
		ago  time.Duration
		want string
	}{
		{0, "just now"},
		{44 * time.Second, "just now"},
		{45 * time.Second, "1 minute ago"},
		{59 * time.Minute, "59 minutes ago"},
		{59*time.Minute + 40*time.Second, "1 hour ago"},
		{35 * time.Hour, "35 hours ago"},
		{36 * time.Hour, "1 day ago"},
		{29 * 24 * time.Hour, "29 days ago"},
		{40 * 24 * time.Hour, "on 11 October"},
		{400 * 24 * time.Hour, "on 16 October 2025"},
		{-time.Second, "in a moment"},
		{-2 * time.Minute, "in 2 minutes"},
		{-3 * time.Hour, "in 3 hours"},
		{-90 * 24 * time.Hour, "on 18 February 2027"},
	} {
		if got := MomentOf(now.Add(-c.ago), now).Relative; got != c.want {
			t.Errorf("%v ago is %q, want %q", c.ago, got, c.want)
		}
	}
	if !MomentOf(time.Time{}, now).IsZero() {
		t.Error("the zero time is a moment")
	}
	if got := MomentOf(now, now); got.ISO != "2026-11-20T19:01:41Z" || got.Exact != "20 November 2026, 19:01:41 UTC" {
		t.Errorf("the exact time is %+v", got)
	}
}

func TestDuration(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0.4 s": 400 * time.Millisecond, "9.9 s": 9900 * time.Millisecond, "12 s": 12400 * time.Millisecond,
		"1 min 12 s": 72 * time.Second, "59 min 59 s": time.Hour - time.Second, "1 h 02 min": 62 * time.Minute, "": -time.Second,
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for want, n := range map[string]int64{"812 B": 812, "4.2 kB": 4200, "96.0 MB": 96e6, "1.25 GB": 125e7} {
		if got := Size(n); got != want {
			t.Errorf("Size(%d) = %q, want %q", n, got, want)
		}
	}
}
