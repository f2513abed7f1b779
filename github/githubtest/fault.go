package githubtest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is a way in which the API fails.
type Fault string

const (
	Slow      Fault = "slow"      // no answer until the client gives up, or Heal
	Down      Fault = "down"      // 503
	HalfBody  Fault = "half body" // a good answer that breaks off in the middle
	Limited   Fault = "limited"   // the primary limit; it ends in an hour
	Secondary Fault = "secondary" // the secondary limit, with Retry-After: 60
	HugeBody  Fault = "huge body" // JSON without end
)

// fault is one that is on. Clients wait at heal when it is Slow.
type fault struct {
	kind   Fault
	prefix string
	heal   chan struct{}
}

// Fail makes all requests of the API and of git below path fail, until Heal: "/"
// for all, "/octocat/mill.git" for the clones of one repository.
func (s *Server) Fail(kind Fault, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fault{kind, path, make(chan struct{})})
}

// Heal ends all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		close(f.heal)
	}
	s.faults = nil
}

func (s *Server) faultOf(path string) (fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if strings.HasPrefix(path, f.prefix) {
			return f, true
		}
	}
	return fault{}, false
}

func (s *Server) withFaults(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, on := s.faultOf(strings.TrimPrefix(r.URL.Path, "/api/v3"))
		if !on {
			next.ServeHTTP(w, r)
			return
		}
		switch f.kind {
		case Slow:
			select {
			case <-r.Context().Done():
			case <-f.heal:
			}
		case Down:
			fail(w, http.StatusServiceUnavailable, "Unicorn!")
		case HalfBody:
			next.ServeHTTP(&halfWriter{ResponseWriter: w}, r)
			panic(http.ErrAbortHandler) // breaks the connection off
		case Limited:
			w.Header().Set("X-RateLimit-Limit", "5000")
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(s.now().Add(time.Hour).Unix(), 10))
			fail(w, http.StatusForbidden, "API rate limit exceeded for user.")
		case Secondary:
			w.Header().Set("Retry-After", "60")
			answer(w, http.StatusForbidden, map[string]string{
				"message":           "You have exceeded a secondary rate limit.",
				"documentation_url": docs + "/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits",
			})
		case HugeBody:
			w.Header().Set("Content-Type", "application/json")
			for chunk := []byte(strings.Repeat(" ", 1<<16)); r.Context().Err() == nil; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}
	})
}

// halfWriter lets half of each write through.
type halfWriter struct{ http.ResponseWriter }

func (h *halfWriter) Write(p []byte) (int, error) {
	if _, err := h.ResponseWriter.Write(p[:len(p)/2]); err != nil {
		return 0, err
	}
	http.NewResponseController(h.ResponseWriter).Flush()
	return len(p), nil
}
