package telemetry

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"moorage"
)

// Metrics are served at /metrics in the text format of Prometheus.
type Metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.HistogramVec
	deployments *prometheus.HistogramVec
	steps       *prometheus.HistogramVec
	calls       *prometheus.HistogramVec
}

// NewMetrics registers everything that Moorage measures.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "moorage_http_request_duration_seconds", Help: "Time to answer a request; streams count until they end.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
		deployments: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "moorage_deployment_duration_seconds", Help: "Time from a worker's claim to the end of a deployment.",
			Buckets: []float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200},
		}, []string{"result"}),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "moorage_deployment_step_duration_seconds", Help: "Time that one step of a deployment took.",
			Buckets: []float64{.1, .25, .5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200},
		}, []string{"step", "failed"}),
		calls: newCalls(),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "moorage_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version}})
	info.Set(1)
	m.registry.MustRegister(m.requests, m.deployments, m.steps, m.calls, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// CountUncounted serves how many calls were not counted because too many came at
// once: what is measured of calls is then too little by as many.
func (m *Metrics) CountUncounted(count func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "moorage_uncounted_calls_total", Help: "Calls that were not counted because too many came at once.",
	}, func() float64 { return float64(count()) }))
}

// Handler serves /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Request records one answered request. route is the pattern, never the path;
// methods that nobody knows count as one, because a client may make them up.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	if !slices.Contains(methods, method) {
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// DeploymentEnded records a deployment that reached its end.
func (m *Metrics) DeploymentEnded(result moorage.DeploymentStatus, took time.Duration) {
	m.deployments.WithLabelValues(string(result)).Observe(took.Seconds())
}

// StepEnded records one step of a deployment.
func (m *Metrics) StepEnded(step moorage.DeploymentStatus, took time.Duration, failed bool) {
	m.steps.WithLabelValues(string(step), strconv.FormatBool(failed)).Observe(took.Seconds())
}
