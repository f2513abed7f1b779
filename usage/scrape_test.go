package usage_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"moorage/telemetry"
)

// scrape is what Prometheus reads.
func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}
