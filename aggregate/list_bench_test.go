package aggregate

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"moorage"
)

// BenchmarkListing lists the tools of 20 servers with 10 tools each, in each era,
// and reports the median beside the mean.
func BenchmarkListing(b *testing.B) {
	d := newShelf(b)
	for i := range 20 {
		var offers []moorage.Offer
		for j := range 10 {
			offers = append(offers, tool(fmt.Sprintf("tool_%d", j), `,"description":"`+strings.Repeat("It does this and that. ", 8)+`"`))
		}
		d.add(fmt.Sprintf("server-%02d", i), offers...)
	}
	resp, _ := d.send(http.MethodPost, "ada", "", helloBody)
	session := resp.Header.Get(headerSession)
	d.send(http.MethodPost, "ada", session, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	b.Run("legacy", func(b *testing.B) {
		timed(b, func() string {
			_, body := d.send(http.MethodPost, "ada", session, `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
			return body
		})
	})
	b.Run("modern", func(b *testing.B) {
		timed(b, func() string {
			_, body := d.send(http.MethodPost, "ada", "", `{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`,
				headerVersion, modernVersion, "Mcp-Method", methodListTools)
			return body
		})
	})
}

func timed(b *testing.B, list func() string) {
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if body := list(); strings.Count(body, `"name":"server-`) != 200 {
			b.Fatal(body)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}
