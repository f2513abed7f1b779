package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"moorage/jsonrpc"
)

// maxIdle is how many connections to one server wait for the next call.
const maxIdle = 256

// newProxy forwards calls of the modern era to servers that speak HTTP
// themselves, and streams what they answer.
func newProxy(headerTimeout time.Duration, log *slog.Logger) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		FlushInterval: -1,
		ErrorLog:      slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		Transport: &http.Transport{
			MaxIdleConnsPerHost: maxIdle, IdleConnTimeout: time.Minute, DisableCompression: true, ResponseHeaderTimeout: headerTimeout,
		},
		Rewrite: func(p *httputil.ProxyRequest) {
			to := p.In.Context().Value(targetKey{}).(target)
			p.Out.URL, p.Out.Host = to.url, to.url.Host
			p.Out.Header = outward(p.In.Header)
			p.Out.Body, p.Out.ContentLength = io.NopCloser(bytes.NewReader(to.body)), int64(len(to.body))
		},
		ModifyResponse: func(resp *http.Response) error {
			if resp.StatusCode >= 300 && resp.StatusCode < 400 {
				return errRedirect
			}
			inward(resp.Header)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil {
				return
			}
			to := r.Context().Value(targetKey{}).(target)
			log.InfoContext(r.Context(), "server not reached", "err", withoutURL(err))
			refuse(w, http.StatusBadGateway, jsonrpc.Refusal(to.id, jsonrpc.CodeServerGone, "The server did not answer. Look at its output."))
		},
	}
}

var errRedirect = errors.New("the server sends its callers elsewhere")

// target is where a request goes, and with what: a call that was read, and
// written anew.
type target struct {
	url  *url.URL
	id   []byte
	body []byte
}

type targetKey struct{}

// forward makes a call of a server that speaks HTTP itself.
func (g *Gateway) forward(w http.ResponseWriter, r *http.Request, address string, m jsonrpc.Message) {
	u, err := url.Parse(address)
	if err != nil { // its path is not one of a URL
		refuse(w, http.StatusBadGateway, jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, "The path of the server is none of a URL. Change it in the settings."))
		return
	}
	to := target{url: u, id: m.ID, body: m.Bytes()}
	g.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), targetKey{}, to)))
}

// outward are the headers that a server gets: those of the protocol. Who calls,
// with which token and from where is not its business.
func outward(from http.Header) http.Header {
	h := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "User-Agent": {"moorage"}}
	for name, values := range from {
		if ofProtocol(name) {
			h[name] = values
		}
	}
	return h
}

// inward leaves those headers that a client gets of a server: it may set no
// cookie of ours, and no rule of our pages.
func inward(h http.Header) {
	for name := range h {
		if !ofProtocol(name) && name != "Content-Type" && name != "Content-Length" {
			delete(h, name)
		}
	}
	if strings.HasPrefix(h.Get("Content-Type"), "text/event-stream") {
		h.Set("X-Accel-Buffering", "no")
	}
}

// ofProtocol reports whether a header is one of MCP.
func ofProtocol(name string) bool {
	return strings.HasPrefix(name, "Mcp-") && name != headerSession || name == "Traceparent" || name == "Tracestate"
}

// withoutURL is an error without the address, which may hold secrets.
func withoutURL(err error) error {
	var told *url.Error
	if errors.As(err, &told) {
		return told.Err
	}
	return err
}
