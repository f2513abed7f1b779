package telemetry_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/telemetry"
)

// scrape returns what Prometheus reads, without the numbers of the process.
func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Content-Type"))
	}
	return w.Body.String()
}

func TestWhatIsMeasuredIsServed(t *testing.T) {
	m := telemetry.NewMetrics("v1.2.3")
	m.Request("GET", "/servers/:slug", 200, 3*time.Millisecond)
	m.DeploymentEnded(moorage.StatusLive, 42*time.Second)
	m.StepEnded(moorage.StatusBuilding, 30*time.Second, true)
	text := scrape(t, m)
	for _, want := range []string{
		`moorage_info{version="v1.2.3"} 1`,
		`moorage_http_request_duration_seconds_count{method="GET",route="/servers/:slug",status="200"} 1`,
		`moorage_http_request_duration_seconds_bucket{method="GET",route="/servers/:slug",status="200",le="0.005"} 1`,
		`moorage_deployment_duration_seconds_sum{result="live"} 42`,
		`moorage_deployment_step_duration_seconds_sum{failed="true",step="building"} 30`,
		"go_goroutines", "process_open_fds",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not served", want)
		}
	}
}

func TestAClientCannotMakeSeries(t *testing.T) {
	m := telemetry.NewMetrics("test")
	for i := range 1000 {
		m.Request("X"+strings.Repeat("Y", i), "/", 405, time.Millisecond)
	}
	if n := strings.Count(scrape(t, m), "moorage_http_request_duration_seconds_count{"); n != 1 {
		t.Errorf("%d series, want 1", n)
	}
}

func TestTheLogIsJSONInUTC(t *testing.T) {
	var b strings.Builder
	telemetry.NewLogger(&b).Info("Deployment moved", "deployment", "dep_1", "status", moorage.StatusLive)
	var line struct {
		Time                           time.Time
		Level, Msg, Deployment, Status string
	}
	if err := json.Unmarshal([]byte(b.String()), &line); err != nil {
		t.Fatal(err)
	}
	if line.Time.Location() != time.UTC || line.Level != "INFO" || line.Msg != "Deployment moved" || line.Deployment != "dep_1" || line.Status != "live" {
		t.Errorf("%+v", line)
	}
	if strings.Count(b.String(), "\n") != 1 {
		t.Error("it is not one line")
	}
}
